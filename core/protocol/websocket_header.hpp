#pragma once
// The head of a client's frame (RFC 6455 section 5.2):
//
//   byte 0: FIN, RSV1, RSV2, RSV3, opcode (4 bits)
//   byte 1: MASK, length (7 bits): below 126 the length itself, 126: 16 bits follow, 127: 64 bits follow, big-endian
//   then 4 bytes of masking key

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace signaling::protocol {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct FrameHead {
  bool final = false;
  bool rsv1 = false;
  bool rsv23 = false;
  bool masked = false;
  bool minimal = true;  ///< the length is written in the shortest form
  Opcode opcode = Opcode::continuation;
  std::uint8_t size = 0;     ///< bytes of the head; 0: more bytes are needed, only what bytes 0 and 1 say is set
  std::uint64_t length = 0;  ///< of the payload
  std::array<char, 4> key{};

  bool is_control() const noexcept { return static_cast<std::uint8_t>(opcode) >= 8; }
  bool is_known() const noexcept { return static_cast<std::uint8_t>(opcode) <= (is_control() ? 10 : 2); }
};

/// Parses the front of `bytes`, which has at least 2. Judges nothing. Pure.
inline FrameHead parse_frame_head(std::span<const char> bytes) noexcept {
  const auto byte = [bytes](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
  FrameHead head;
  head.final = (byte(0) & 0x80) != 0;
  head.rsv1 = (byte(0) & 0x40) != 0;
  head.rsv23 = (byte(0) & 0x30) != 0;
  head.opcode = static_cast<Opcode>(byte(0) & 0x0F);
  head.masked = (byte(1) & 0x80) != 0;
  head.length = byte(1) & 0x7F;
  const std::size_t extra = head.length < 126 ? 0 : head.length == 126 ? 2 : 8;
  const std::size_t size = 2 + extra + 4;
  if (bytes.size() < size) return head;
  if (extra > 0) {
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < extra; ++i) length = length << 8 | byte(2 + i);
    head.minimal = length > (extra == 2 ? 125u : 0xFFFFu);
    head.length = length;
  }
  std::memcpy(head.key.data(), bytes.data() + 2 + extra, 4);
  head.size = static_cast<std::uint8_t>(size);
  return head;
}

/// The usual frame of a client: final, text or binary, RSV bits clear, masked, whole, its length in the shortest form and below
/// 64 KiB. Told apart in a few instructions; `head` is 0 for any other, which `parse_frame_head` then judges. Pure.
struct UsualFrame {
  std::uint8_t head = 0;  ///< bytes before the payload
  bool is_binary = false;
  std::uint16_t length = 0;
};
inline UsualFrame usual_frame(std::span<const char> bytes) noexcept {
  if (bytes.size() < 6) return {};
  const auto byte = [bytes](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
  const bool is_binary = byte(0) == 0x82;
  if ((byte(0) != 0x81 && !is_binary) || byte(1) < 0x80) return {};
  std::uint16_t length = byte(1) & 0x7F;
  std::uint8_t head = 6;
  if (length >= 126) {
    if (length == 127) return {};
    length = static_cast<std::uint16_t>(byte(2) << 8 | byte(3));
    head = 8;
    if (length < 126) return {};
  }
  if (bytes.size() - 6 < std::size_t{length} + (head - 6u)) return {};
  return {head, is_binary, length};
}

/// Unmasks in place. True where all bytes are ASCII, which comes for nothing. Pure.
inline bool unmask(std::span<char> bytes, std::array<char, 4> key) noexcept {
  char* at = bytes.data();
  std::size_t left = bytes.size();
  bool is_ascii = true;
#ifdef __SSE2__
  if (left >= sizeof(__m128i)) {
    std::int32_t narrow = 0;
    std::memcpy(&narrow, key.data(), sizeof narrow);
    const __m128i mask = _mm_set1_epi32(narrow);
    __m128i seen = _mm_setzero_si128();
    for (; left >= sizeof(__m128i); left -= sizeof(__m128i), at += sizeof(__m128i)) {
      auto* block = reinterpret_cast<__m128i*>(at);
      const __m128i plain = _mm_xor_si128(_mm_loadu_si128(block), mask);
      seen = _mm_or_si128(seen, plain);
      _mm_storeu_si128(block, plain);
    }
    is_ascii = _mm_movemask_epi8(seen) == 0;
  }
#endif
  std::uint64_t mask = 0;
  std::memcpy(&mask, key.data(), 4);
  std::memcpy(reinterpret_cast<char*>(&mask) + 4, key.data(), 4);
  std::uint64_t seen = 0;
  for (; left >= sizeof mask; left -= sizeof mask, at += sizeof mask) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= mask;
    seen |= word;
    std::memcpy(at, &word, sizeof word);
  }
  unsigned rest = 0;
  for (std::size_t i = 0; i < left; ++i) {
    at[i] = static_cast<char>(at[i] ^ key[i & 3]);
    rest |= static_cast<unsigned char>(at[i]);
  }
  return is_ascii && (seen & 0x8080808080808080u) == 0 && rest < 0x80;
}

/// The key for what comes after `bytes` bytes of the payload.
inline std::array<char, 4> rotate_key(std::array<char, 4> key, std::size_t bytes) noexcept {
  std::array<char, 4> rotated{};
  for (std::size_t i = 0; i < 4; ++i) rotated[i] = key[(i + bytes) & 3];
  return rotated;
}

}  // namespace signaling::protocol
