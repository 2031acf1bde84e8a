#pragma once
// Input for decoders in a block of exactly its size, so that the address sanitizer sees a read of one byte too many.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace signaling::protocol {

class ExactBytes {
 public:
  explicit ExactBytes(std::string_view text) : bytes_(new char[text.size()]), size_(text.size()) {
    text.copy(bytes_.get(), text.size());
  }
  std::string_view text() const { return {bytes_.get(), size_}; }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(bytes_.get(), size_)); }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

/// `"93c0"` to its two bytes.
inline std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

inline std::string to_hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

/// `text` repeated.
inline std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace signaling::protocol
