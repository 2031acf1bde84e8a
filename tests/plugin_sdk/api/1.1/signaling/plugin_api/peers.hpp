#pragma once
// The same plugin on the other nodes. Since API 1.1.

#include <cstdint>
#include <string_view>

#include <signaling/plugin_api/application.hpp>
#include <signaling/plugin_api/namespaces.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

class PeerHandler {
 public:
  /// This plugin on another node has called `Peers::send`. `event.ack` is not used. In order from one loop there; on loop 0
  /// here. [loop]
  virtual void on_peer_event(std::string_view from_node, const Event& event, ServerReply& reply) = 0;

 protected:
  ~PeerHandler() = default;
};

inline constexpr std::string_view peers_interface = "signaling.peers/1";

/// What an application has by `Namespaces::emit_to_servers`, for plugins of every kind.
/// `static_cast<Peers*>(host.query(peers_interface))`; nullptr before `start`.
class Peers {
 public:
  /// From now on `handler` gets what the others send. One handler, which outlives the plugin's `stop`. [startup, in `start`]
  virtual void receive(PeerHandler& handler) = 0;
  /// To this plugin on every other node; a node that does not have it has nothing to say. As `Namespaces::emit_to_servers`: in
  /// order from one loop, at most once, `timeout_ms` 1 … 3,600,000; without other nodes the handler is told `ok` at once.
  /// Handler may be nullptr: nobody is asked to answer. [loop]
  virtual void send(const Payload& event, std::uint32_t timeout_ms, ServerAnswersHandler* handler) = 0;

 protected:
  ~Peers() = default;
};

}  // namespace signaling::plugin_api
