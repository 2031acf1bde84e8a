#pragma once
// Socket.IO packets in the form of socket.io-msgpack-parser: one msgpack map {type, nsp, data, id, attachments?} per packet,
// sent as one binary Engine.IO message; types 0 to 4 only, binary inline. Inside the server every packet is JSON text plus
// attachments; this file converts at the edge.

#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include <signaling/protocol/socketio_packet.hpp>

namespace signaling::protocol {

/// A packet that owns its text: what `decode_msgpack_packet` makes. `view` points into the other members.
struct OwnedPacket {
  OwnedPacket() = default;
  OwnedPacket(const OwnedPacket&) = delete;  // `view` would point into the other one
  OwnedPacket& operator=(const OwnedPacket&) = delete;

  std::string namespace_name;
  std::string json;
  std::vector<Bytes> attachments;  ///< views into the message that was decoded
  PacketView view;
};

/// Decodes one binary message into `packet`. Integers keep all 64 bits, doubles the shortest text that reads back the same,
/// bin becomes an attachment with its placeholder (and the type a binary one, as its JSON form would be), str must be valid
/// UTF-8; NaN and infinities become null; timestamps (ext -1) an ISO string as JSON.stringify does. As notepack.io has it: ext
/// 0 is bin, fixext 1 of type 0 is undefined (a member left out, else null), fixext 8 of type 0 a Date, other ext `[type,
/// bin]`. Repeated keys: the last counts; unknown keys are ignored; scalar keys become strings. Reserved names, shape, depth
/// and limits as in `decode_packet`; msgpack that ends early, or before its end, is `bad_json`. The JSON is at most 17 times
/// the message, and attachments apart.
boost::system::result<void, PacketError> decode_msgpack_packet(Bytes message, const PacketLimits& limits, OwnedPacket& packet);

/// Encodes a packet as one msgpack map into `out` (cleared first). `json` pieces joined are one valid JSON value, or nothing.
/// Placeholders become bin. Integers up to 64 bits become msgpack integers, other numbers float64.
boost::system::result<void, PacketError> encode_msgpack_packet(PacketType type, std::string_view namespace_name,
                                                               std::uint64_t ack_id, std::string_view json,
                                                               std::span<const Bytes> attachments, std::string& out);

}  // namespace signaling::protocol
