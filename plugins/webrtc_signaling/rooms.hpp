#pragma once
// Entering and leaving rooms, metadata, and who is there.
//
// A join, in order: enter the Socket.IO room held (its broadcasts are kept from now on), wait until other nodes' broadcasts
// arrive too, register with presence, acknowledge with the list that presence gave, admit with the mark that it gave (what was
// kept follows the acknowledgement), announce to those admitted before. Registered means listed for those who register
// later, hence nobody is missed and nobody announced twice, whatever happens on other nodes meanwhile.

#include <signaling/plugin_api/socket.hpp>

#include "socket_state.hpp"

namespace signaling::webrtc_signaling {

struct Loop;
struct Request;

// `state` is the socket's; none: it never joined a room. No operation for the request's room is under way.

/// A member's metadata is replaced.
void join(Loop& loop, plugin_api::Socket& socket, const StateRef& state, const Request& request, plugin_api::AckToken ack);
void leave(Loop& loop, plugin_api::Socket& socket, const StateRef& state, const Request& request, plugin_api::AckToken ack);
void update(Loop& loop, plugin_api::Socket& socket, const StateRef& state, const Request& request, plugin_api::AckToken ack);
void list_peers(Loop& loop, plugin_api::Socket& socket, const StateRef& state, const Request& request,
                plugin_api::AckToken ack);

/// Takes the socket out of all its rooms.
void on_disconnect(Loop& loop, plugin_api::Socket& socket);

}  // namespace signaling::webrtc_signaling
