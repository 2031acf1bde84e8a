#pragma once
// Signals to one peer, messages to a room, and the events that are relayed under their own names: the hot path.

#include <signaling/plugin_api/socket.hpp>

#include "socket_state.hpp"

namespace signaling::webrtc_signaling {

struct Loop;
struct Request;

/// Passes on what the request carries, as it came, with the sender's real id.
/// @param state  of the socket; none: it never joined a room
void relay(Loop& loop, plugin_api::Socket& socket, const StateRef& state, const Request& request,
           const plugin_api::Event& event);

}  // namespace signaling::webrtc_signaling
