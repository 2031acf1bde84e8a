#pragma once
// One plugin's way to itself on the other nodes: a server-side event under a name that no namespace has.

#include <string>
#include <string_view>

#include <signaling/plugin_api/peers.hpp>

#include "loop_server.hpp"

namespace signaling::socketio {

/// What stands in a cluster message in place of a namespace: `\n<plugin>`; no namespace's name begins so, and nodes of a
/// release without peers find nobody there.
std::string peer_address(std::string_view plugin);
bool is_peer_address(std::string_view namespace_name) noexcept;

class PeersFacade final : public plugin_api::Peers {
 public:
  PeersFacade(std::string_view plugin_name, std::uint32_t plugin, Shared& shared, plugin_api::Namespaces& operations)
      : address_(peer_address(plugin_name)), plugin_(plugin), shared_(shared), operations_(operations) {}

  void receive(plugin_api::PeerHandler& handler) override { shared_.peers[address_] = {&handler, plugin_}; }
  void send(const plugin_api::Payload& event, std::uint32_t timeout_ms, plugin_api::ServerAnswersHandler* handler) override {
    operations_.emit_to_servers(address_, event, timeout_ms, handler);
  }

 private:
  const std::string address_;
  const std::uint32_t plugin_;
  Shared& shared_;
  plugin_api::Namespaces& operations_;
};

}  // namespace signaling::socketio
