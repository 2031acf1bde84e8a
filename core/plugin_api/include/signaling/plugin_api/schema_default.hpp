#pragma once
// Defaults of a schema at compile time: the TOML text of a value, and the checks that the server would do at every start.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace signaling::plugin_api::detail {

/// Text with room for `Room` characters; does not compile where it would be longer.
template <std::size_t Room>
struct FixedText {
  std::array<char, Room> characters{};
  std::size_t size = 0;

  constexpr void push_back(char c) {
    if (size == Room) throw "signaling: the default is too long";
    characters[size++] = c;
  }
  constexpr void append(std::string_view text) {
    for (const char c : text) push_back(c);
  }
  constexpr std::string_view view() const { return {characters.data(), size}; }

  /// As a TOML basic string.
  constexpr void append_quoted(std::string_view text) {
    push_back('"');
    for (const char c : text) {
      if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t')
        throw "signaling: a default holds a control character";
      if (c == '"' || c == '\\' || c == '\n' || c == '\t') push_back('\\');
      push_back(c == '\n' ? 'n' : c == '\t' ? 't' : c);
    }
    push_back('"');
  }
  constexpr void append_number(std::int64_t number) {
    std::array<char, 20> digits{};
    std::size_t count = 0;
    std::uint64_t rest =
        number < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
    do digits[count++] = static_cast<char>('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (number < 0) push_back('-');
    while (count > 0) push_back(digits[--count]);
  }
};

inline constexpr std::size_t number_room = 20;

/// Milliseconds of `25s`, `100ms`, `2m`, `1h`, as the server reads them. Does not compile for anything else.
constexpr std::int64_t duration_of(std::string_view text) {
  std::int64_t number = 0;
  std::size_t at = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    const int digit = text[at++] - '0';
    if (number > (std::numeric_limits<std::int64_t>::max() - digit) / 10) throw "signaling: a default duration is too long";
    number = number * 10 + digit;
  }
  const std::string_view unit = text.substr(at);
  const std::int64_t factor = unit == "ms" ? 1 : unit == "s" ? 1'000 : unit == "m" ? 60'000 : unit == "h" ? 3'600'000 : 0;
  if (at == 0 || factor == 0) throw "signaling: a default duration is written \"25s\" (units ms, s, m, h)";
  if (number > std::numeric_limits<std::int64_t>::max() / factor) throw "signaling: a default duration is too long";
  return number * factor;
}

}  // namespace signaling::plugin_api::detail
