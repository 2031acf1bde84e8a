#pragma once
// Text from pieces: what a log line or a message is made of.

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>

namespace signaling::plugin_api {

namespace detail {

template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <std::integral Number>
void append_integer(std::string& out, Number number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

/// The shortest text that reads back as the same number; where the standard library has no such function, 17 digits.
inline void append_floating(std::string& out, double number) {
  char digits[32];
#if defined(__cpp_lib_to_chars)
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
#else
  const int size = std::snprintf(digits, sizeof(digits), "%.17g", number);
  for (int i = 0; i < size; ++i) out.push_back(digits[i] == ',' ? '.' : digits[i]);  // whatever the locale writes
#endif
}

}  // namespace detail

/// Appends one piece: text, a character, `true` or `false`, a number, a duration (`250ms`), an enumerator that has a
/// `to_string`, or a function without arguments that gives one of these.
template <class Piece>
void append_text(std::string& out, const Piece& piece) {
  if constexpr (std::is_convertible_v<const Piece&, std::string_view>) {
    out.append(static_cast<std::string_view>(piece));
  } else if constexpr (std::is_same_v<Piece, char>) {
    out.push_back(piece);
  } else if constexpr (std::is_same_v<Piece, bool>) {
    out.append(piece ? "true" : "false");
  } else if constexpr (std::is_integral_v<Piece>) {
    detail::append_integer(out, piece);
  } else if constexpr (std::is_floating_point_v<Piece>) {
    detail::append_floating(out, static_cast<double>(piece));
  } else if constexpr (detail::is_duration<Piece>) {
    detail::append_integer(out, std::chrono::duration_cast<std::chrono::milliseconds>(piece).count());
    out.append("ms");
  } else if constexpr (std::is_invocable_v<const Piece&>) {
    append_text(out, piece());
  } else {
    out.append(to_string(piece));
  }
}

/// All pieces as one text.
template <class... Pieces>
[[nodiscard]] std::string text_of(const Pieces&... pieces) {
  std::string out;
  (append_text(out, pieces), ...);
  return out;
}

}  // namespace signaling::plugin_api
