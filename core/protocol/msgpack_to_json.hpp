#pragma once
// A msgpack value as JSON text and attachments.

#include <optional>
#include <string>
#include <vector>

#include <signaling/protocol/socketio_packet.hpp>

#include "msgpack_reader.hpp"

namespace signaling::protocol::detail {

/// Appends the value that `value` stands before; what becomes of each kind: msgpack_packet.hpp. Attachments are views of the
/// message. `bad_json` where it is not valid or too deep.
std::optional<PacketError> write_json(MsgpackReader value, const PacketLimits& limits, std::string& json,
                                      std::vector<Bytes>& attachments);

}  // namespace signaling::protocol::detail
