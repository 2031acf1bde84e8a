#pragma once
// The JSON of a packet: what may follow the prefix, type by type.

#include <optional>
#include <string_view>

#include <signaling/protocol/socketio_packet.hpp>

namespace signaling::protocol {

/// Checks that `text` (to the end of the packet; empty where there is none) is what `packet.type` asks for, and sets `json`,
/// `event_name_json` and `args`. Blanks may follow the value and not precede it. Pure.
std::optional<PacketError> read_payload(std::string_view text, const PacketLimits& limits, PacketView& packet) noexcept;

}  // namespace signaling::protocol
