#pragma once
// JWK sets (RFC 7517, RFC 7518 §6, RFC 8037 §2).

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "key_set.hpp"

namespace signaling::auth_jwt {

/// What one set may be used for, as the configuration says.
struct KeyUse {
  AlgorithmSet algorithms;
  std::string issuer;
};

struct JwkSet {
  static constexpr std::size_t max_keys = 100;

  TrustedKeys keys;
  std::vector<std::string> left_out;  ///< why a key is not among them, a line each, by its place: `key 2: …`
};

/// Reads a set, or one key alone. Keys that are for something else (`use`, `key_ops`, another kind or curve) are left out, as
/// RFC 7517 §5 wants; algorithms are those of the configuration that the key can do, and of these only `alg` where it has one.
/// `x5u`, `x5c` and private members are ignored.
/// @param with_secrets  false: secrets (`oct`) are left out: what is fetched from a URL is no secret
/// @throws std::runtime_error  where it is no key set at all, or has more than `max_keys`
JwkSet read_jwk_set(std::string_view text, const KeyUse& use, bool with_secrets);

}  // namespace signaling::auth_jwt
