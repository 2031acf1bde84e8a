#pragma once
// Events and acknowledgements from values: `emit(socket, "joined", room, count)`, `reply_ok(socket, event, "id", id)`.
//
// For binary, pieces that need no escape, and flags there are `Socket::emit`, `Socket::reply` and `json::Pieces`. [loop]

#include <string_view>

#include <signaling/plugin_api/json_write.hpp>
#include <signaling/plugin_api/namespaces.hpp>
#include <signaling/plugin_api/socket.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

/// What a request is told that nobody has answered.
inline constexpr std::string_view failed_reply =
    R"([{"ok":false,"error":{"code":"failed","message":"the server gave no answer"}}])";

/// To one client. Arguments are what `json::append_value` takes.
template <class... Args>
EmitResult emit(Socket& socket, std::string_view event, const Args&... args) {
  return socket.emit(json::Pieces(json::array(event, args...)));
}

/// To many.
template <class... Args>
void emit(Namespaces& namespaces, const Target& target, std::string_view event, const Args&... args) {
  namespaces.emit(target, json::Pieces(json::array(event, args...)));
}

/// Answers an event; nothing where the client asked for no answer. True where it was handed to the connection.
template <class... Args>
bool reply(Socket& socket, const Event& event, const Args&... args) {
  return event.ack.wanted() && socket.reply(event.ack, json::Pieces(json::array(args...))) == EmitResult::sent;
}

/// `{"ok": true, …}`, with keys and values in turn: the form of `webrtc_signaling`.
template <class... KeysAndValues>
bool reply_ok(Socket& socket, const Event& event, const KeysAndValues&... keys_and_values) {
  return event.ack.wanted() && reply(socket, event, json::object("ok", true, keys_and_values...));
}

/// `{"ok": false, "error": {"code", "message"}}`.
inline bool reply_error(Socket& socket, const Event& event, std::string_view code, std::string_view message) {
  return event.ack.wanted() &&
         reply(socket, event, json::object("ok", false, "error", json::object("code", code, "message", message)));
}

}  // namespace signaling::plugin_api
