#pragma once
// Why somebody is not let in: the code that a client is told, and what only the log tells.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signaling::auth_jwt {

enum class Code : std::uint8_t { token_missing, token_invalid, token_expired, token_not_yet_valid, not_allowed };
inline constexpr std::size_t code_count = 5;

/// As it stands in `data.code` of CONNECT_ERROR.
constexpr std::string_view to_string(Code code) noexcept {
  constexpr std::array<std::string_view, code_count> names = {"token-missing", "token-invalid", "token-expired",
                                                              "token-not-yet-valid", "not-allowed"};
  return names[static_cast<std::size_t>(code)];
}

/// `detail` is static text, never anything out of the token.
struct Refusal {
  Code code;
  std::string_view detail;
};

}  // namespace signaling::auth_jwt
