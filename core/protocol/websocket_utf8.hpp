#pragma once
// UTF-8 that arrives in pieces: fails at the first byte that no continuation can make valid (Autobahn 6.4 asks for that).

#include <cstdint>
#include <string_view>

namespace signaling::protocol {

class Utf8Stream {
 public:
  /// False where the text so far cannot be the beginning of UTF-8 (RFC 3629); nothing may be fed after that.
  bool feed(std::string_view bytes) noexcept;
  /// No character is incomplete.
  bool is_complete() const noexcept { return missing_ == 0; }

 private:
  bool step(unsigned char byte) noexcept;

  std::uint8_t missing_ = 0;  ///< continuation bytes still to come
  std::uint8_t low_ = 0x80;   ///< bounds of the next one: narrower after E0, ED, F0, F4
  std::uint8_t high_ = 0xBF;
};

}  // namespace signaling::protocol
