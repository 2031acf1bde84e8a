#include "mark.hpp"

#include <array>

namespace signaling::bench_load {

namespace {

constexpr std::array<std::int8_t, 256> digit_values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i) values[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
  return values;
}();

char* put_hex(char* out, std::uint64_t value, int digits) noexcept {
  for (int i = digits - 1; i >= 0; --i) *out++ = "0123456789abcdef"[value >> (4 * i) & 0xF];
  return out;
}

/// Value of `digits` digits at `p`, which moves behind them; `bad` becomes negative where one is none.
std::uint64_t take_hex(const char*& p, int digits, int& bad) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < digits; ++i) {
    const int digit = digit_values[static_cast<unsigned char>(*p++)];
    bad |= digit;
    value = value << 4 | static_cast<std::uint64_t>(digit & 0xF);
  }
  return value;
}

}  // namespace

void append_mark(std::string& out, const Mark& mark, std::size_t bytes) {
  char text[mark_bytes];
  char* p = text;
  *p++ = '@';
  p = put_hex(p, mark.room, 4);
  p = put_hex(p, mark.sender, 4);
  p = put_hex(p, mark.slot, 2);
  p = put_hex(p, mark.sequence, 8);
  p = put_hex(p, static_cast<std::uint64_t>(mark.time_ns), 12);
  *p = '#';
  out.append(text, mark_bytes).append(bytes - mark_bytes, 'x');
}

bool find_mark(std::string_view packet, std::size_t bytes, Mark& mark) noexcept {
  const std::size_t at = packet.find('@');
  if (at == std::string_view::npos || packet.size() - at < bytes || packet.size() - at < mark_bytes) return false;
  const char* p = packet.data() + at + 1;
  int bad = 0;
  mark.room = static_cast<std::uint32_t>(take_hex(p, 4, bad));
  mark.sender = static_cast<std::uint32_t>(take_hex(p, 4, bad));
  mark.slot = static_cast<std::uint32_t>(take_hex(p, 2, bad));
  mark.sequence = static_cast<std::uint32_t>(take_hex(p, 8, bad));
  mark.time_ns = static_cast<std::int64_t>(take_hex(p, 12, bad));
  return bad >= 0 && *p == '#';
}

}  // namespace signaling::bench_load
