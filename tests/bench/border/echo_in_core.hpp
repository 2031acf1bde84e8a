#pragma once
// What tests/plugins/good/echo_application.cpp does with an event, as a part of the server: no plugin, no virtual call, no
// timing.

#include <string_view>

#include "socket.hpp"

namespace signaling::socketio::bench {

inline void echo_in_core(Socket& socket, const plugin_api::Event& event) {
  if (event.ack.wanted()) {
    const std::string_view pieces[] = {"[", event.args, "]"};
    socket.Socket::reply(event.ack, {pieces, event.attachments});
  } else {
    const std::string_view pieces[] = {"[\"echo\"", event.args.empty() ? "" : ",", event.args, "]"};
    socket.Socket::emit({pieces, event.attachments}, {});
  }
}

}  // namespace signaling::socketio::bench
