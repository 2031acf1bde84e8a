#pragma once
// Tokens and subjects that are refused until their end, whatever their signatures say.

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "claims.hpp"

namespace signaling::auth_jwt {

/// Times in milliseconds since the Unix epoch.
struct Revocation {
  static constexpr std::size_t max_value_bytes = 512;

  enum class Kind : char { token_id = 'j', subject = 's' } kind;
  std::string value;                  ///< `jti` or `sub`, 1 to `max_value_bytes`
  std::int64_t until_ms;              ///< the end of the last token it is about; forgotten then
  std::int64_t issued_before_ms = 0;  ///< of a subject: tokens issued later are good; 0: none is

  bool operator==(const Revocation&) const = default;
};

/// Whether the token that these claims are of is meant. One that does not say when it was issued is.
bool is_meant(const Revocation& revocation, const Claims& claims) noexcept;

/// Of a node. [any thread]; no function takes long: those that walk through the table are bounded by their arguments.
class Revocations {
 public:
  explicit Revocations(std::size_t max_entries) : max_entries_(max_entries) {}

  enum class Added { yes, known, full };
  /// Two of the same token or subject become one that refuses whatever either does. `full` changes nothing.
  Added add(const Revocation& revocation, std::int64_t now_ms);
  bool is_revoked(const Claims& claims, std::int64_t now_ms) const;

  std::size_t size() const;
  void set_max_entries(std::size_t max_entries);
  /// Forgets what is over, so many at most. False where there is more.
  bool sweep(std::int64_t now_ms, std::size_t limit);

  /// At most `limit` entries whose key is behind `after`, in the order of `key_of`; empty: from the beginning.
  std::vector<Revocation> page(std::string_view after, std::size_t limit) const;
  static std::string key_of(const Revocation& revocation);

  /// Number and fingerprint of what ends after that minute (of the Unix epoch) is over; the same for the same entries, in
  /// whatever order they came.
  struct Digest {
    std::uint64_t count = 0;
    std::uint64_t fingerprint = 0;
    bool operator==(const Digest&) const = default;
  };
  static constexpr std::int64_t minute_ms = 60'000;
  Digest digest(std::int64_t after_minute) const;

 private:
  struct Entry {
    std::int64_t until_ms;
    std::int64_t issued_before_ms;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  bool sweep_locked(std::int64_t now_ms, std::size_t limit);
  void count(const Entries::value_type& entry, bool is_added);

  mutable std::mutex mutex_;  ///< guards everything here; never held for long
  std::size_t max_entries_;
  Entries entries_;
  std::set<std::pair<std::int64_t, std::string>> by_end_;
  std::map<std::int64_t, Digest> by_minute_;  ///< of the entries that end in that minute
};

}  // namespace signaling::auth_jwt
