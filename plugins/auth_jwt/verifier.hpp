#pragma once
// From the text of a token to the identity it proves, or to the reason why it proves none.

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "claims.hpp"
#include "key_set.hpp"
#include "refusal.hpp"

namespace signaling::auth_jwt {

/// Who signed is known, and what was signed.
struct Identity {
  std::string json;  ///< the claims as they came
  Claims claims;
};

struct TokenRules {
  std::size_t max_token_bytes = 8192;
  std::vector<std::string> types;  ///< `typ` must be one of these, any case; empty: any and none
  ClaimRules claims;
};

/// One of each loop, on it alone. Signatures that were right are remembered, so that a token that comes again (reconnect,
/// another namespace) costs no public-key operation; its times are looked at every time.
class Verifier {
 public:
  /// @param cache_entries  0: nothing is remembered
  Verifier(std::shared_ptr<const KeySet> keys, TokenRules rules, std::size_t cache_entries)
      : keys_(std::move(keys)), rules_(std::move(rules)), cache_entries_(cache_entries) {}

  /// Forgets what was remembered.
  void set_keys(std::shared_ptr<const KeySet> keys);

  struct Result {
    std::shared_ptr<const Identity> identity;  ///< or
    Refusal refusal{};
    bool names_unknown_key = false;  ///< newer keys might change it
  };
  Result verify(std::string_view text, std::int64_t now_ms);
  std::size_t remembered() const noexcept { return recent_.size(); }

 private:
  using Digest = std::array<unsigned char, 32>;
  struct Remembered {
    Digest digest;
    std::shared_ptr<const Identity> identity;
  };

  Result check_signature(std::string_view text) const;
  std::shared_ptr<const Identity> find(const Digest& digest);
  void remember(const Digest& digest, const std::shared_ptr<const Identity>& identity);

  std::shared_ptr<const KeySet> keys_;
  TokenRules rules_;
  std::size_t cache_entries_;
  std::list<Remembered> recent_;  ///< last used first
  std::map<Digest, std::list<Remembered>::iterator> by_digest_;
};

}  // namespace signaling::auth_jwt
