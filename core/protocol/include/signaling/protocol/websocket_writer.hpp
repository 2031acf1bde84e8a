#pragma once
// Control frames from server to client (RFC 6455 section 5.5). Data frames are `MessagePtr::text` and `::binary`.

#include <cstdint>
#include <string_view>

#include <signaling/protocol/outbound_message.hpp>

namespace signaling::protocol {

inline constexpr std::size_t max_control_payload_bytes = 125;

/// Statuses that may stand in a close frame: 1000 … 1003, 1007 … 1014, 3000 … 4999. Pure.
constexpr bool is_close_code_on_wire(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

/// Close frame; without a body for a code that may not be sent (1005, 1006). The reason (UTF-8) is cut at a character so that
/// it fits.
MessagePtr close_frame(std::uint16_t code, std::string_view reason = {});
/// `payload` at most `max_control_payload_bytes`, as every ping that was read.
MessagePtr ping_frame(std::string_view payload = {});
MessagePtr pong_frame(std::string_view payload);

}  // namespace signaling::protocol
