#pragma once
// Base64 of Engine.IO's polling payloads: standard alphabet, with padding (RFC 4648 section 4).

#include <cstddef>
#include <string>
#include <string_view>

namespace signaling::protocol::detail {

constexpr std::size_t base64_size(std::size_t bytes) noexcept { return (bytes + 2) / 3 * 4; }

/// Appends the base64 of `bytes`.
void append_base64(std::string_view bytes, std::string& out);

/// Bytes that valid `text` decodes to, or npos where it is not canonical base64: foreign characters, blanks, missing or
/// misplaced padding, unused bits that are not zero.
std::size_t base64_decoded_size(std::string_view text) noexcept;

/// Appends the bytes of `text`, for which `base64_decoded_size` found a size.
void append_base64_decoded(std::string_view text, std::string& out);

}  // namespace signaling::protocol::detail
