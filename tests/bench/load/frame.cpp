#include "frame.hpp"

#include <cstring>

namespace signaling::bench_load {

namespace {

constexpr std::uint64_t longest_frame_bytes = 64'000'000;
constexpr unsigned final_bit = 0x80;
constexpr unsigned deflated_bit = 0x40;  // RSV1

std::uint64_t big_endian(const char* bytes, std::size_t count) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

char* put_big_endian(char* out, std::uint64_t value, unsigned count) noexcept {
  for (unsigned i = count; i > 0; --i) *out++ = static_cast<char>(value >> (8 * (i - 1)) & 0xFF);
  return out;
}

/// Eight bytes at once: masking is most of what writing a frame costs.
void put_masked(char* out, std::string_view payload, std::uint32_t mask) noexcept {
  const std::uint64_t wide = static_cast<std::uint64_t>(mask) << 32 | mask;
  std::size_t i = 0;
  for (; i + 8 <= payload.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, payload.data() + i, 8);
    word ^= wide;
    std::memcpy(out + i, &word, 8);
  }
  char key[4];
  std::memcpy(key, &mask, 4);
  for (; i < payload.size(); ++i) out[i] = static_cast<char>(payload[i] ^ key[i % 4]);
}

}  // namespace

void append_frame(std::string& out, Opcode opcode, std::string_view payload, std::uint32_t mask, bool is_deflated) {
  const std::size_t length_bytes = payload.size() < 126 ? 0 : payload.size() <= 0xFFFF ? 2 : 8;
  const std::size_t begin = out.size();
  out.resize(begin + 2 + length_bytes + 4 + payload.size());
  char* p = out.data() + begin;
  *p++ = static_cast<char>(final_bit | (is_deflated ? deflated_bit : 0) | static_cast<unsigned>(opcode));
  const std::size_t short_length = length_bytes == 0 ? payload.size() : length_bytes == 2 ? 126 : 127;
  *p++ = static_cast<char>(0x80 | short_length);
  p = put_big_endian(p, payload.size(), static_cast<unsigned>(length_bytes));
  std::memcpy(p, &mask, 4);
  put_masked(p + 4, payload, mask);
}

FrameStatus take_frame(std::string_view& input, ServerFrame& frame) noexcept {
  if (input.size() < 2) return FrameStatus::partial;
  const auto first = static_cast<unsigned char>(input[0]);
  const auto second = static_cast<unsigned char>(input[1]);
  if ((first & 0xF0 & ~deflated_bit) != final_bit || (first & 0x0F) == 0 || (second & 0x80) != 0)
    return FrameStatus::unsupported;
  std::uint64_t length = second;
  std::size_t head = 2;
  if (length >= 126) {
    const std::size_t length_bytes = length == 126 ? 2 : 8;
    head += length_bytes;
    if (input.size() < head) return FrameStatus::partial;
    length = big_endian(input.data() + 2, length_bytes);
    if (length > longest_frame_bytes) return FrameStatus::unsupported;
  }
  if (input.size() - head < length) return FrameStatus::partial;
  frame.opcode = static_cast<Opcode>(first & 0x0F);
  frame.is_deflated = (first & deflated_bit) != 0;
  frame.payload = input.substr(head, length);
  input.remove_prefix(head + length);
  return FrameStatus::complete;
}

}  // namespace signaling::bench_load
