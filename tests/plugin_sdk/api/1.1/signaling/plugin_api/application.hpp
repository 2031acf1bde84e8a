#pragma once
// Plugins that handle events: the application.

#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/namespaces.hpp>
#include <signaling/plugin_api/plugin.hpp>
#include <signaling/plugin_api/presence.hpp>
#include <signaling/plugin_api/socket.hpp>

namespace signaling::plugin_api {

/// Takes the namespaces that an application serves. [startup]
class NamespaceClaims {
 public:
  /// An exact name (`/`, `/chat`), or a pattern where `*` stands for one or more characters other than `/`.
  /// A name claimed by two applications ends the start with a message; an exact name goes before a pattern.
  virtual void claim(std::string_view name_or_pattern) = 0;

 protected:
  ~NamespaceClaims() = default;
};

/// Answers an event of another node's application. [loop] during the handler.
class ServerReply {
 public:
  /// False where the other side wants no answer; one given is then thrown away.
  virtual bool wanted() const = 0;
  /// `args.text` is a JSON array. The first call counts. A handler that returns without it and without `defer` has no answer,
  /// which the other side is told.
  virtual void answer(const Payload& args) = 0;
  /// The answer comes later, by this object, which stays valid until `answer` was called on it, which it must be, from
  /// [any thread].
  virtual ServerReply& defer() = 0;

 protected:
  ~ServerReply() = default;
};

/// Handles the sockets of the namespaces it claims. Handlers run on the socket's loop, several loops at the same time for
/// different sockets, and must not block.
class Application : public Plugin {
 public:
  /// After `start`, before the first connection. [startup]
  virtual void claim_namespaces(NamespaceClaims& claims) = 0;
  /// The CONNECT answer is already on its way; what is emitted here follows it. [loop]
  virtual void on_connect(Socket& socket) = 0;
  /// Every event that middleware let through. [loop]
  virtual void on_event(Socket& socket, const Event& event) = 0;
  /// The socket is still in its rooms; `emit` on it does nothing. Reasons: socketio-facts §1.2 (`transport close` …). [loop]
  virtual void on_disconnect(Socket& socket, std::string_view reason) = 0;
  /// Members of a presence room of this plugin, of other nodes, have come or gone, and nobody on this node was told: their node
  /// was lost (or taken for lost, and is back), or this node was cut off for a while. In the order of the marks; every node is
  /// told for itself, on one loop: emit with `EmitFlags::local`. After a cut a change may be among them that did get through.
  /// [loop]
  virtual void on_members_changed(std::string_view room, std::span<const MemberChange> changes) = 0;
  /// The application that serves this namespace on another node has called `Namespaces::emit_to_servers`. `event.ack` is not
  /// used. In order from one loop there; on one loop here. [loop]
  virtual void on_server_event(std::string_view namespace_name, std::string_view from_node, const Event& event,
                               ServerReply& reply) = 0;

 protected:
  ~Application() = default;
};

}  // namespace signaling::plugin_api
