#pragma once
// All buckets of one node, and the decision over one handshake, CONNECT or event.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "bucket_table.hpp"
#include "rule.hpp"
#include "schema.hpp"

namespace signaling::rate_limit {

/// Who it comes from. What is nullptr is not known; rules per that are passed over.
struct Parties {
  const BucketKey* address = nullptr;
  const BucketKey* identity = nullptr;
  Level* socket = nullptr;  ///< one for each rule per socket, in the order of the rules
};

struct Demand {
  std::string_view event = {};  ///< of events: its name
  double bytes = 0;             ///< of events
};

/// One rule's tokens, so that they can be given back.
struct Share {
  const Rule* rule;
  Level* level;  ///< of a socket; else nullptr
  BucketKey key;
  double amount;
};

/// What was taken for one decision. On the stack; without initial values, since few are used.
class Shares {
 public:
  void clear() noexcept { size_ = 0; }
  void add(const Share& share) noexcept { items_[size_++] = share; }
  std::span<const Share> all() const noexcept { return {items_.data(), size_}; }
  bool has_shared() const noexcept {
    for (const Share& share : all()) {
      if (share.rule->is_shared) return true;
    }
    return false;
  }

 private:
  std::array<Share, max_rules> items_;
  std::size_t size_ = 0;
};

struct Decision {
  const Rule* limiting = nullptr;  ///< the rule that refuses, or delays the longest; nullptr: it passes at once
  bool is_refused = false;
  double wait_ms = 0;  ///< the delay; refused: until it could pass without one
};

class Buckets {
 public:
  Buckets(std::size_t addresses, std::size_t identities, BucketTable::Seed seed)
      : addresses_(addresses, seed), identities_(identities, seed) {}

  /// Takes from the buckets of all rules, or of none. `is_told`: see BucketTable. [any thread]; `parties.socket` on its loop
  Decision take(std::span<const Rule> rules, const Parties& parties, const Demand& demand, std::int64_t now_ms, bool is_told,
                Shares& shares);
  void give_back(std::span<const Share> shares, bool is_told);
  BucketTable& table(Scope scope) noexcept { return scope == Scope::identity ? identities_ : addresses_; }

 private:
  BucketTable addresses_;
  BucketTable identities_;
};

}  // namespace signaling::rate_limit
