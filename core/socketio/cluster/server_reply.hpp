#pragma once
// An event of another node's application, and the way back for its answer.

#include <cstdint>
#include <string>
#include <string_view>

#include <signaling/plugin_api/application.hpp>

#include "loop_server.hpp"
#include "outlet.hpp"

namespace signaling::socketio::cluster {

struct ServerEvent;

/// Calls the application that serves the namespace, and answers for it where it does not. On the loop.
void run_server_event(LoopServer& loop, Outlet& outlet, std::string_view from_tag, std::string_view from_node,
                      const ServerEvent& event);

}  // namespace signaling::socketio::cluster
