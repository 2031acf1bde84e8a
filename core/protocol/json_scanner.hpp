#pragma once
// Pieces of the one-pass JSON scanner (RFC 8259), inline because every incoming packet runs through them. A position is a
// pointer; a scan returns the position after what it accepted, or nullptr. Nothing recurses and nothing allocates, so a
// hostile text costs its own length and no more.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace signaling::protocol::detail {

/// The deepest nesting that any configuration may allow: the scanner keeps one byte per level on its own stack.
inline constexpr std::uint32_t deepest_nesting = 1024;

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20; }

inline const char* skip_blanks(const char* p, const char* end) noexcept {
  while (p != end && is_blank(*p)) ++p;
  return p;
}

/// As `plain_run_end`, 8 bytes at a step.
inline const char* plain_run_end_by_8(const char* p, const char* end) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    constexpr std::uint64_t ones = 0x0101010101010101u;
    while (end - p >= 8) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, p, 8);
      const std::uint64_t quote = bytes ^ (ones * '"');
      const std::uint64_t backslash = bytes ^ (ones * '\\');
      // Per byte: the high bit where it is zero (quote, backslash) or below 0x20. A borrow can only mark bytes after a true
      // hit, so the lowest mark is always true.
      const std::uint64_t mask =
          (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | ((bytes - ones * 0x20) & ~bytes)) & (ones * 0x80);
      if (mask != 0) return p + std::countr_zero(mask) / 8;
      p += 8;
    }
  }
  while (p != end && *p != '"' && *p != '\\' && !is_control(*p)) ++p;
  return p;
}

#if defined(__SSE2__)
/// Of the 16 bytes at `p`, those that a string may not simply contain: a quote, a backslash or a control character. A bit each.
inline unsigned stops_in_16(const char* p) noexcept {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  const __m128i last_control = _mm_set1_epi8(0x1F);
  // min(b, 0x1F) == b is the unsigned comparison b <= 0x1F, which SSE2 lacks.
  const __m128i stops =
      _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))),
                   _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes));
  return static_cast<unsigned>(_mm_movemask_epi8(stops));
}
#endif

/// First byte at or after `p` that a string may not simply contain: a quote, a backslash or a control character; or `end`.
inline const char* plain_run_end(const char* p, const char* end) noexcept {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const unsigned stops = stops_in_16(p);
    if (stops != 0) return p + std::countr_zero(stops);
  }
#endif
  return plain_run_end_by_8(p, end);
}

/// Value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// What may follow a backslash alone.
inline constexpr std::array<bool, 256> is_short_escape = [] {
  std::array<bool, 256> is{};
  for (const char c : {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'}) is[static_cast<unsigned char>(c)] = true;
  return is;
}();

/// `p` is at a backslash; nullptr where no valid escape follows.
inline const char* escape_end(const char* p, const char* end) noexcept {
  if (end - p < 2) return nullptr;
  if (is_short_escape[static_cast<unsigned char>(p[1])]) return p + 2;
  if (p[1] != 'u' || end - p < 6 || (hex_value(p[2]) | hex_value(p[3]) | hex_value(p[4]) | hex_value(p[5])) < 0) return nullptr;
  return p + 6;
}

/// `p` is after the opening quote. Lone surrogate escapes are accepted: they are JSON text, and legal to JavaScript.
inline const char* string_end(const char* p, const char* end) noexcept {
#if defined(__SSE2__)
  // 16 bytes at a time, with every stop in them looked at: a session description has two escapes in every short line.
  while (end - p >= 16) {
    const char* next = p + 16;
    for (unsigned stops = stops_in_16(p); stops != 0;) {
      const int at = std::countr_zero(stops);
      const char* const stop = p + at;
      if (*stop == '"') return stop + 1;
      if (*stop != '\\') return nullptr;
      const char* const after = escape_end(stop, end);
      if (after == nullptr) return nullptr;
      if (after >= next) {
        next = after;
        break;
      }
      // What belongs to the escape is no stop: the second of two backslashes, an escaped quote.
      stops &= ~0u << (after - p);
    }
    p = next;
  }
#endif
  for (;;) {
    p = plain_run_end_by_8(p, end);
    if (p == end) return nullptr;
    if (*p == '"') return p + 1;
    if (*p != '\\') return nullptr;
    do {
      p = escape_end(p, end);
      if (p == nullptr || p == end) return nullptr;
    } while (*p == '\\');
  }
}

inline const char* digits_end(const char* p, const char* end) noexcept {
  while (p != end && is_digit(*p)) ++p;
  return p;
}

inline const char* number_end(const char* p, const char* end) noexcept {
  if (p != end && *p == '-') ++p;
  if (p == end || !is_digit(*p)) return nullptr;
  p = *p == '0' ? p + 1 : digits_end(p, end);
  if (p != end && *p == '.') {
    const char* const fraction = p + 1;
    p = digits_end(fraction, end);
    if (p == fraction) return nullptr;
  }
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p != end && (*p == '+' || *p == '-')) ++p;
    const char* const exponent = p;
    p = digits_end(exponent, end);
    if (p == exponent) return nullptr;
  }
  return p;
}

template <std::size_t N>
const char* literal_end(const char* p, const char* end, const char (&literal)[N]) noexcept {
  if (static_cast<std::size_t>(end - p) < N - 1 || std::memcmp(p, literal, N - 1) != 0) return nullptr;
  return p + N - 1;
}

/// A member's name and its colon.
inline const char* member_name_end(const char* p, const char* end) noexcept {
  p = skip_blanks(p, end);
  if (p == end || *p != '"') return nullptr;
  p = string_end(p + 1, end);
  if (p == nullptr) return nullptr;
  p = skip_blanks(p, end);
  if (p == end || *p != ':') return nullptr;
  return p + 1;
}

enum class ScanStart : bool {
  value,          ///< before a value
  array_element,  ///< after an element of an array whose end is wanted; that array counts as one level
};

/// Of a scan that is not to go on later.
struct NoPlaces {
  void reach(const char*, std::uint32_t, bool) noexcept {}
  void reach_in_string(const char*) noexcept {}
};

/// The loop of a scan, from a place between two tokens; nullptr where it gets no further.
/// @param closers  what ends each open array or object, `depth` of them; room for `deepest_nesting`
/// @param places   is told each place from which a scan can go on, with the depth there
template <class Places>
[[gnu::always_inline]] inline const char* scan_on(const char* p, const char* end, std::uint32_t max_depth, char* closers,
                                                  std::uint32_t depth, bool at_value, Places& places) noexcept {
  for (;;) {
    if (at_value) {
      places.reach(p, depth, true);
      p = skip_blanks(p, end);
      if (p == end) return nullptr;
      switch (*p) {
        case '"': {
          const char* const begin = p + 1;
          p = string_end(begin, end);
          if (p == nullptr) places.reach_in_string(begin);
          break;
        }
        case '[':
        case '{': {
          if (depth == max_depth) return nullptr;
          const bool is_object = *p == '{';
          const char closer = is_object ? '}' : ']';
          p = skip_blanks(p + 1, end);
          if (p == end) return nullptr;
          if (*p == closer) {
            ++p;
            break;
          }
          closers[depth++] = closer;
          if (is_object) {
            p = member_name_end(p, end);
            if (p == nullptr) return nullptr;
          }
          continue;
        }
        case 't': p = literal_end(p, end, "true"); break;
        case 'f': p = literal_end(p, end, "false"); break;
        case 'n': p = literal_end(p, end, "null"); break;
        default: p = number_end(p, end); break;
      }
      if (p == nullptr) return nullptr;
    }
    at_value = true;
    // A value has just ended; close what ends with it.
    for (;;) {
      if (depth == 0) return p;
      places.reach(p, depth, false);
      p = skip_blanks(p, end);
      if (p == end) return nullptr;
      const char closer = closers[depth - 1];
      const char c = *p++;
      if (c == closer) {
        --depth;
        continue;
      }
      if (c != ',') return nullptr;
      if (closer == '}') {
        p = member_name_end(p, end);
        if (p == nullptr) return nullptr;
      }
      break;
    }
  }
}

/// Where the value, or the array begun before, ends.
template <ScanStart Start>
const char* scan(const char* p, const char* end, std::uint32_t max_depth) noexcept {
  char closers[deepest_nesting];
  std::uint32_t depth = 0;
  max_depth = std::min(max_depth, deepest_nesting);
  if constexpr (Start == ScanStart::array_element) {
    if (max_depth == 0) return nullptr;
    closers[depth++] = ']';
  }
  NoPlaces places;
  return scan_on(p, end, max_depth, closers, depth, Start == ScanStart::value, places);
}

/// The 16 bits of `\uXXXX`, `p` at the backslash.
constexpr std::uint32_t escaped_unit(const char* p) noexcept {
  return static_cast<std::uint32_t>((hex_value(p[2]) << 12) | (hex_value(p[3]) << 8) | (hex_value(p[4]) << 4) |
                                    hex_value(p[5]));
}

/// Code point of the escape at `p` in a valid JSON string, and moves `p` behind it. A lone surrogate is U+FFFD.
inline std::uint32_t take_escape(const char*& p, const char* end) noexcept {
  const char kind = p[1];
  if (kind != 'u') {
    p += 2;
    switch (kind) {
      case 'b': return '\b';
      case 'f': return '\f';
      case 'n': return '\n';
      case 'r': return '\r';
      case 't': return '\t';
      default: return static_cast<unsigned char>(kind);
    }
  }
  const std::uint32_t unit = escaped_unit(p);
  p += 6;
  if (unit < 0xD800 || unit > 0xDFFF) return unit;
  if (unit < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
    const std::uint32_t low = escaped_unit(p);
    if (low >= 0xDC00 && low <= 0xDFFF) {
      p += 6;
      return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
  }
  return 0xFFFD;
}

/// UTF-8 of a code point; returns the number of bytes, 1 … 4.
inline std::size_t write_utf8(std::uint32_t code_point, char* out) noexcept {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  if (code_point < 0x80) {
    out[0] = byte(code_point);
    return 1;
  }
  if (code_point < 0x800) {
    out[0] = byte(0xC0 | (code_point >> 6));
    out[1] = byte(0x80 | (code_point & 0x3F));
    return 2;
  }
  if (code_point < 0x10000) {
    out[0] = byte(0xE0 | (code_point >> 12));
    out[1] = byte(0x80 | ((code_point >> 6) & 0x3F));
    out[2] = byte(0x80 | (code_point & 0x3F));
    return 3;
  }
  out[0] = byte(0xF0 | (code_point >> 18));
  out[1] = byte(0x80 | ((code_point >> 12) & 0x3F));
  out[2] = byte(0x80 | ((code_point >> 6) & 0x3F));
  out[3] = byte(0x80 | (code_point & 0x3F));
  return 4;
}

}  // namespace signaling::protocol::detail
