#pragma once
// Numbers as text.

#include <charconv>
#include <cstddef>
#include <string>

namespace signaling::protocol::detail {

/// Appends an integer, or the shortest text that reads back as the same (finite) double.
template <class Number>
void append_decimal(Number number, std::string& out) {
  char text[32];
  const char* const end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append(text, static_cast<std::size_t>(end - text));
}

}  // namespace signaling::protocol::detail
