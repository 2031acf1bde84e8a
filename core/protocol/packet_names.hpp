#pragma once
// What both packet forms, JSON and msgpack, ask of a packet's names.

#include <cstdint>
#include <optional>
#include <string_view>

#include <signaling/protocol/socketio_packet.hpp>

namespace signaling::protocol {

/// Number.MAX_SAFE_INTEGER: a JavaScript peer answers with exactly this id.
inline constexpr std::uint64_t greatest_ack_id = (std::uint64_t{1} << 53) - 1;

/// Begins with '/', holds no comma (it would end the name in the JSON form) and no control character (0x1E would end the packet
/// in a polling payload).
bool is_namespace_name(std::string_view text) noexcept;

/// `raw`: valid JSON string or number. Refuses names that Socket.IO keeps for itself, and those over the bound. Both are judged
/// by what the text decodes to, so that `"conn\u0065ct"` is refused too.
std::optional<PacketError> check_event_name(std::string_view raw, std::uint32_t max_bytes) noexcept;

}  // namespace signaling::protocol
