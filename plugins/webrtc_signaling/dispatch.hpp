#pragma once
// From an event to what answers it: reading, permission, order, then rooms.hpp or relay.hpp.

#include <signaling/plugin_api/socket.hpp>

#include "socket_state.hpp"

namespace signaling::webrtc_signaling {

struct Loop;

/// One event of a socket of this loop.
void dispatch(Loop& loop, plugin_api::Socket& socket, const plugin_api::Event& event);

/// Runs those of the socket's waiting requests that nothing holds back any longer. After the end of every operation.
void run_waiting(Loop& loop, const StateRef& state);

}  // namespace signaling::webrtc_signaling
