#pragma once
// base64url without padding (RFC 7515 §2, RFC 4648 §5).

#include <optional>
#include <string>
#include <string_view>

namespace signaling::auth_jwt {

/// nullopt for anything but the one text that encodes the bytes: padding, blanks, other letters and set trailing bits are
/// refused, so that no two texts are the same token. Pure.
std::optional<std::string> decode_base64url(std::string_view text);

std::string encode_base64url(std::string_view bytes);

}  // namespace signaling::auth_jwt
