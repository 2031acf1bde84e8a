#pragma once
// JSON as text: checked once in one pass, then cut into slices, never reformatted.

#include <cstdint>
#include <string>
#include <string_view>

namespace signaling::protocol {

/// End of the JSON value (RFC 8259) that begins at `text[at]` (blanks before it are skipped), or npos where it is not valid
/// or deeper than `max_depth`. UTF-8 is not checked here: transports do that for whole messages. Lone surrogate escapes are
/// legal, as to JavaScript. Pure.
std::size_t json_value_end(std::string_view text, std::size_t at, std::uint32_t max_depth) noexcept;

/// True where `text` is exactly one JSON value with blanks around it.
bool is_json(std::string_view text, std::uint32_t max_depth) noexcept;

/// Appends `text` (UTF-8) as a JSON string with its quotes.
void append_json_string(std::string_view text, std::string& out);

/// Unescapes a valid JSON string (with its quotes) into `out`, appending. Lone surrogates become U+FFFD.
void append_unescaped(std::string_view json_string, std::string& out);

}  // namespace signaling::protocol
