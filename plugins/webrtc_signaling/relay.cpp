#include "relay.hpp"

#include <string>

#include <signaling/plugin_api/json_build.hpp>

#include "loop.hpp"
#include "replies.hpp"
#include "request.hpp"

namespace signaling::webrtc_signaling {

using plugin_api::Event;
using plugin_api::Payload;
using plugin_api::Socket;
using plugin_api::json::Pieces;

namespace {

void deliver(Loop& loop, Socket& socket, const StateRef& state, const Membership& membership, const Request& request,
             const Event& event, const Payload& payload) {
  const std::string_view core_room = membership.core_room;
  if (request.kind == RequestKind::signal) {
    plugin_api::StatusHandler* handler = event.ack.wanted() ? &loop.signal_replies.make(state, event.ack) : nullptr;
    loop.namespaces.emit_to_member(loop.options->namespace_name, request.to, core_room, payload, handler);
    return;
  }
  const std::string_view self = socket.id();
  loop.namespaces.emit(
      {.namespace_name = loop.options->namespace_name, .rooms = {&core_room, 1}, .except = {&self, 1}, .before_mark = 0},
      payload);
  if (state->socket != nullptr) acknowledge(socket, event.ack);
}

/// `{"from":…,<what was kept>}` in one text, so that placeholders anywhere in it can be numbered anew.
std::string_view relayed_object(Loop& loop, std::string_view id, const Request& request, const Event& event) {
  std::string& text = loop.text;
  text.assign(R"({"from":")").append(id).push_back('"');
  for (const std::string_view kept : request.kept) text.append(",").append(kept);
  text.push_back('}');
  return loop.buffers.rewriter.rewrite(text, event.attachments);
}

}  // namespace

void relay(Loop& loop, Socket& socket, const StateRef& state, const Request& request, const Event& event) {
  const Membership* membership = state ? state->find_member(request.room) : nullptr;
  if (membership == nullptr) return refuse(loop, socket, event.ack, {ErrorCode::not_in_room, "room: you are not in it"});
  auto& rewriter = loop.buffers.rewriter;
  if (request.relay != nullptr) {
    const std::string_view object = relayed_object(loop, socket.id(), request, event);
    const Pieces pieces(request.relay->opening, object, "]");
    deliver(loop, socket, state, *membership, request, event, pieces.payload(rewriter.attachments()));
    return;
  }
  const std::string_view data = rewriter.rewrite(request.data, event.attachments);
  const std::string_view opening = request.kind == RequestKind::signal ? R"(["signal",{"room":)" : R"(["message",{"room":)";
  const Pieces pieces(opening, request.room_json, R"(,"from":")", socket.id(), R"(","data":)", data, "}]");
  deliver(loop, socket, state, *membership, request, event, pieces.payload(rewriter.attachments()));
}

}  // namespace signaling::webrtc_signaling
