#pragma once
// Reading JSON that is already known to be valid (the server checks every event before a plugin sees it), by cutting slices
// out of the text: nothing is copied, allocated or reformatted, and numbers keep their digits. Text that is not valid gives
// slices that mean nothing, but never a read outside the text.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include <signaling/plugin_api/json_blocks.hpp>

namespace signaling::plugin_api::json {

enum class Type : std::uint8_t { null, boolean, number, string, array, object };

/// Type of a slice, told by its first character; `null` for an empty one.
constexpr Type type_of(std::string_view value) noexcept {
  switch (value.empty() ? 'n' : value.front()) {
    case '{': return Type::object;
    case '[': return Type::array;
    case '"': return Type::string;
    case 't':
    case 'f': return Type::boolean;
    case 'n': return Type::null;
    default: return Type::number;
  }
}

namespace detail {

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

constexpr std::size_t skip_blanks(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

/// Place behind the string that begins at `text[at]`. Looks for quotes and counts the backslashes before each, so that long
/// strings (session descriptions) go by at the speed of memchr.
inline std::size_t string_end(std::string_view text, std::size_t at) noexcept {
  std::size_t from = at + 1;
  while (from < text.size()) {
    const void* found = std::memchr(text.data() + from, '"', text.size() - from);
    if (found == nullptr) return text.size();
    const auto quote = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    std::size_t backslashes = 0;
    while (quote - backslashes > from && text[quote - backslashes - 1] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return quote + 1;
    from = quote + 1;
  }
  return text.size();
}

/// Place behind the value that begins at `text[at]`. No recursion: depth is a count.
inline std::size_t value_end(std::string_view text, std::size_t at) noexcept {
  std::size_t depth = 0;
  std::size_t blocks_at = at + blocks_from;
  while (at < text.size()) {
    if (at >= blocks_at && depth > 0) {
      BlockSkipper blocks(depth);
      at = blocks.skip(text, at);
      depth = blocks.depth();
      blocks_at = at + blocks_from;
      if (depth == 0 || at == text.size()) return at;
    }
    switch (text[at]) {
      case '"':
        at = string_end(text, at);
        if (depth == 0) return at;
        break;
      case '{':
      case '[':
        ++depth;
        ++at;
        break;
      case '}':
      case ']':
        if (depth == 0) return at;
        ++at;
        if (--depth == 0) return at;
        break;
      case ',':
      case ' ':
      case '\n':
      case '\r':
      case '\t':
        if (depth == 0) return at;
        ++at;
        break;
      default: ++at;
    }
  }
  return text.size();
}

constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 0;
}

/// The code unit of the `\uXXXX` at `text[at]`, or -1 where there is none.
constexpr std::int32_t unicode_escape(std::string_view text, std::size_t at) noexcept {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  std::int32_t unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) unit = unit * 16 + hex_digit(text[i]);
  return unit;
}

/// Bytes of one decoded character.
struct Utf8 {
  char bytes[4];
  std::uint8_t size;
  constexpr std::string_view view() const noexcept { return {bytes, size}; }
};

constexpr Utf8 to_utf8(std::uint32_t code) noexcept {
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  if (code < 0x80) return {{byte(code)}, 1};
  if (code < 0x800) return {{byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F))}, 2};
  if (code < 0x10000) return {{byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))}, 3};
  return {
      {byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))},
      4};
}

/// Decodes the escape at `text[at]` and moves `at` behind it. A lone surrogate becomes U+FFFD, as where JavaScript turns
/// a string into UTF-8.
constexpr Utf8 take_escape(std::string_view text, std::size_t& at) noexcept {
  if (const std::int32_t unit = unicode_escape(text, at); unit >= 0) {
    at += 6;
    const auto code = static_cast<std::uint32_t>(unit);
    if (code < 0xD800 || code > 0xDFFF) return to_utf8(code);
    const std::int32_t low = code < 0xDC00 ? unicode_escape(text, at) : -1;
    if (low < 0xDC00 || low > 0xDFFF) return to_utf8(0xFFFD);
    at += 6;
    return to_utf8(0x10000 + ((code - 0xD800) << 10) + (static_cast<std::uint32_t>(low) - 0xDC00));
  }
  const char letter = at + 1 < text.size() ? text[at + 1] : '\\';
  at += at + 1 < text.size() ? 2 : 1;
  switch (letter) {
    case 'b': return {{'\b'}, 1};
    case 'f': return {{'\f'}, 1};
    case 'n': return {{'\n'}, 1};
    case 'r': return {{'\r'}, 1};
    case 't': return {{'\t'}, 1};
    default: return {{letter}, 1};
  }
}

}  // namespace detail

/// Text between the quotes of a string slice, escapes as they are.
constexpr std::string_view string_body(std::string_view string) noexcept {
  return string.size() < 2 ? std::string_view() : string.substr(1, string.size() - 2);
}

inline bool has_escapes(std::string_view string) noexcept { return string.find('\\') != std::string_view::npos; }

/// Appends the decoded text (UTF-8) of a string slice to `out`.
inline void append_decoded(std::string_view string, std::string& out) {
  const std::string_view body = string_body(string);
  std::size_t at = 0;
  while (at < body.size()) {
    const std::size_t escape = std::min(body.find('\\', at), body.size());
    out.append(body.substr(at, escape - at));
    at = escape;
    if (at < body.size()) out.append(detail::take_escape(body, at).view());
  }
}

/// Decoded text of a string slice: a view of the slice where nothing is escaped, else of `buffer`, which is overwritten.
inline std::string_view decode(std::string_view string, std::string& buffer) {
  if (!has_escapes(string)) return string_body(string);
  buffer.clear();
  append_decoded(string, buffer);
  return buffer;
}

/// Whether a string slice decodes to `text`.
inline bool string_is(std::string_view string, std::string_view text) noexcept {
  const std::string_view body = string_body(string);
  // An escape is longer than what it stands for, so the lengths alone decide most of the time.
  if (body.size() < text.size()) return false;
  if (body.size() == text.size()) return body == text && !has_escapes(body);
  if (!has_escapes(body)) return false;
  std::size_t at = 0;
  while (at < body.size()) {
    detail::Utf8 character{{body[at]}, 1};
    if (body[at] == '\\') {
      character = detail::take_escape(body, at);
    } else {
      ++at;
    }
    if (!text.starts_with(character.view())) return false;
    text.remove_prefix(character.size);
  }
  return text.empty();
}

/// Value of a boolean slice; false for anything but `true`.
constexpr bool boolean(std::string_view value) noexcept { return value == "true"; }

/// Value of a number written as an integer (no fraction, no exponent) that fits; nullopt for everything else.
inline std::optional<std::int64_t> integer(std::string_view value) noexcept {
  std::int64_t result = 0;
  const char* end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data(), end, result);
  if (value.empty() || error != std::errc() || stopped != end) return std::nullopt;
  return result;
}

/// Walks the elements of a list: `for (Elements e(event.args); e.next();) use(e.value());`
class Elements {
 public:
  /// @param list elements with commas between them, without brackets (`Event::args` has that shape).
  explicit Elements(std::string_view list) noexcept : text_(list) {}
  /// Of an array slice.
  static Elements of(std::string_view array) noexcept { return Elements(string_body(array)); }

  bool next() noexcept {
    at_ = detail::skip_blanks(text_, at_);
    if (at_ < text_.size() && text_[at_] == ',') at_ = detail::skip_blanks(text_, at_ + 1);
    if (at_ >= text_.size()) return false;
    const std::size_t begin = at_;
    at_ = detail::value_end(text_, at_);
    value_ = text_.substr(begin, at_ - begin);
    return !value_.empty();
  }
  std::string_view value() const noexcept { return value_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view value_;
};

/// Walks the members of an object in order of appearance, duplicates included:
/// `for (Members m(object); m.next();) if (m.key_is("room")) room = m.value();`: so the last duplicate wins, as in JSON.parse.
class Members {
 public:
  /// @param text begins with an object's brace; what follows the object is left in `rest()`, so that an object at the front of
  ///             a list (`Event::args`) is read without looking for its end first.
  explicit Members(std::string_view text) noexcept : text_(text) {}

  /// False behind the last member.
  bool next() noexcept {
    at_ = detail::skip_blanks(text_, at_);
    if (at_ < text_.size() && text_[at_] == ',') at_ = detail::skip_blanks(text_, at_ + 1);
    if (at_ >= text_.size() || text_[at_] != '"') return false;
    begin_ = at_;
    at_ = detail::string_end(text_, at_);
    key_ = text_.substr(begin_, at_ - begin_);
    at_ = detail::skip_blanks(text_, at_);
    if (at_ >= text_.size()) return false;
    at_ = detail::skip_blanks(text_, at_ + 1);  // behind the colon
    const std::size_t begin = at_;
    at_ = detail::value_end(text_, at_);
    value_ = text_.substr(begin, at_ - begin);
    return !value_.empty();
  }

  /// Key with its quotes, as it came.
  std::string_view key() const noexcept { return key_; }
  /// Whether the key decodes to `name`.
  bool key_is(std::string_view name) const noexcept { return string_is(key_, name); }
  std::string_view value() const noexcept { return value_; }
  /// Key, colon and value as they came.
  std::string_view text() const noexcept { return text_.substr(begin_, at_ - begin_); }

  /// Once `next()` has said false: the object's own text, and what stands behind it (blanks skipped).
  std::string_view object() const noexcept { return text_.substr(0, at_ + 1); }
  std::string_view rest() const noexcept {
    return at_ < text_.size() ? text_.substr(detail::skip_blanks(text_, at_ + 1)) : std::string_view();
  }

 private:
  std::string_view text_;
  std::size_t at_ = 1;  // behind the brace
  std::size_t begin_ = 0;
  std::string_view key_;
  std::string_view value_;
};

/// Value of the member called `key`, the last one where there are several; empty where there is none (no value is empty).
inline std::string_view find(std::string_view object, std::string_view key) noexcept {
  std::string_view found;
  for (Members members(object); members.next();) {
    if (members.key_is(key)) found = members.value();
  }
  return found;
}

}  // namespace signaling::plugin_api::json
