#pragma once
// A token taken apart: JWS compact serialization (RFC 7515 §7.1) with a JWT in it (RFC 7519 §7.2). Nothing is believed yet.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "algorithm.hpp"

namespace signaling::auth_jwt {

struct Token {
  static constexpr std::size_t max_kid_bytes = 256;

  Algorithm algorithm;
  std::string kid;               ///< empty: none
  std::string type;              ///< `typ`; empty: none
  std::string_view signed_text;  ///< header and claims as they came: of the text that was taken apart
  std::string claims;            ///< JSON text, not looked at
  std::string signature;
};

/// Of the header `alg`, `kid` and `typ` count; `jku`, `jwk`, `x5u` and `x5c` are ignored (a token does not choose the key it is
/// checked with), `crit` is refused (RFC 7515 §4.1.11: nothing that it may name is understood here). Pure.
/// @param detail  why not, static text
std::optional<Token> take_apart(std::string_view text, std::string_view& detail);

}  // namespace signaling::auth_jwt
