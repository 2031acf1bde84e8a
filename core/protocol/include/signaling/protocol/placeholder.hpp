#pragma once
// Where a binary packet's JSON names its attachments: `{"_placeholder":true,"num":0}`.
//
// An object is a placeholder where its member `_placeholder` is `true`, whatever else it holds, in whatever order and however
// its keys are escaped; of repeated keys the last counts; what lies inside a placeholder is not looked at. So does
// socket.io-parser 4.2.7 (binary.ts, reconstructPacket); there too an attachment may be named several times, or never.
// Stricter than that parser in one thing: a number is plain digits (`1`, not `1.0` or `1e0`, which no encoder writes), so that
// whoever rewrites placeholders further on, plugins among them, cannot take the same text for another number.
// Packets that are not of a binary type have no placeholders: an object that looks like one is data.

#include <cstdint>
#include <string_view>

#include <boost/system/result.hpp>

#include <signaling/protocol/socketio_packet.hpp>

namespace signaling::protocol {

/// Checks that the number of every placeholder is an integer in 0 … count - 1; else `bad_placeholder`. To be called for every
/// binary packet before anyone sees it: passed on, one bad number ends the connection of each client that receives it.
/// @param json one valid JSON value, or several with commas between them (`PacketView::args`). Pure.
boost::system::result<void, PacketError> check_placeholders(std::string_view json, std::uint32_t count);

}  // namespace signaling::protocol
