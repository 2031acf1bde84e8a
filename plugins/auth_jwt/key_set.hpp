#pragma once
// Keys with what each may be used for, and the choice among them for one token.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "algorithm.hpp"
#include "key.hpp"

namespace signaling::auth_jwt {

struct TrustedKey {
  Key key;
  std::string id;           ///< `kid`; empty: good for tokens of any id and of none
  AlgorithmSet algorithms;  ///< never empty, all fit the key
  std::string issuer;       ///< `iss` of the tokens that this key may sign; empty: any that is allowed
};

using TrustedKeys = std::vector<std::shared_ptr<const TrustedKey>>;

/// Immutable once made; shared by all loops.
class KeySet {
 public:
  /// A token without `kid` makes the server try so many keys, and no more.
  static constexpr std::size_t max_candidates = 8;

  KeySet() = default;
  explicit KeySet(TrustedKeys keys) : keys_(std::move(keys)) {}

  /// Keys that may have signed such a token: those that bear its `kid` first, then in the order of the configuration. `kid`
  /// empty: the token has none.
  TrustedKeys candidates(Algorithm algorithm, std::string_view kid) const;
  /// Whether some key bears that id.
  bool knows(std::string_view kid) const;
  std::size_t size() const noexcept { return keys_.size(); }

 private:
  TrustedKeys keys_;
};

}  // namespace signaling::auth_jwt
