#include "websocket_utf8.hpp"

#include <simdjson.h>

namespace signaling::protocol {
namespace {

// Below this the scalar automaton costs less than preparing the vectorised check.
constexpr std::size_t bulk_from = 32;

std::size_t sequence_length(unsigned char lead) noexcept { return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1; }

// Where the last character begins if it may be incomplete, else the end. What is before it is whole characters or invalid.
std::size_t whole_characters(std::string_view bytes) noexcept {
  for (std::size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    return sequence_length(byte) > back ? bytes.size() - back : bytes.size();
  }
  return bytes.size();
}

}  // namespace

bool Utf8Stream::step(unsigned char byte) noexcept {
  if (missing_ > 0) {
    if (byte < low_ || byte > high_) return false;
    --missing_;
    low_ = 0x80;
    high_ = 0xBF;
    return true;
  }
  if (byte < 0x80) return true;
  if (byte < 0xC2 || byte > 0xF4) return false;  // continuation, overlong two-byte form, above U+10FFFF
  missing_ = static_cast<std::uint8_t>(sequence_length(byte) - 1);
  if (byte == 0xE0) low_ = 0xA0;   // overlong
  if (byte == 0xED) high_ = 0x9F;  // surrogates
  if (byte == 0xF0) low_ = 0x90;   // overlong
  if (byte == 0xF4) high_ = 0x8F;  // above U+10FFFF
  return true;
}

bool Utf8Stream::feed(std::string_view bytes) noexcept {
  std::size_t at = 0;
  while (at < bytes.size() && missing_ > 0) {
    if (!step(static_cast<unsigned char>(bytes[at++]))) return false;
  }
  bytes.remove_prefix(at);
  if (bytes.size() >= bulk_from) {
    const std::size_t whole = whole_characters(bytes);
    if (!simdjson::validate_utf8(bytes.data(), whole)) return false;
    bytes.remove_prefix(whole);
  }
  for (const char c : bytes) {
    if (!step(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

}  // namespace signaling::protocol
