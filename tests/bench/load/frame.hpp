#pragma once
// WebSocket frames as a client needs them (RFC 6455, 5.2): masked on the way out, whole and unmasked on the way in.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace signaling::bench_load {

enum class Opcode : std::uint8_t { text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA };

/// Appends one final frame to `out`, masked by the four bytes of `mask`.
/// @param is_deflated  the payload is compressed (RFC 7692: RSV1)
void append_frame(std::string& out, Opcode opcode, std::string_view payload, std::uint32_t mask, bool is_deflated = false);

struct ServerFrame {
  Opcode opcode{};
  bool is_deflated = false;
  std::string_view payload;  ///< points into what was read
};

enum class FrameStatus : std::uint8_t {
  complete,
  partial,      ///< more bytes are needed; nothing was taken
  unsupported,  ///< fragments, reserved bits but that of compression, masked, or longer than 64 MB: no server of ours or its
                ///< peers sends that here
};

/// Takes one frame off the front of `input`.
FrameStatus take_frame(std::string_view& input, ServerFrame& frame) noexcept;

}  // namespace signaling::bench_load
