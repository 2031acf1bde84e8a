#pragma once
// Events on their way to a socket, shown to the middlewares that want to see them.

#include <cstdint>

#include <signaling/plugin_api/outgoing.hpp>
#include <signaling/protocol/msgpack_packet.hpp>

#include "packet_encoder.hpp"

namespace signaling::socketio {

class Socket;

struct OutgoingBinding {
  plugin_api::OutgoingHook* hook;
  std::uint32_t plugin;  ///< number for the HookObserver
};

/// An encoded event as hooks see it, decoded once for all its recipients. Views point into the packet, which outlives this.
class ShownPacket {
 public:
  ShownPacket(const EncodedPacket& packet, Parser parser);
  ShownPacket(const ShownPacket&) = delete;
  ShownPacket& operator=(const ShownPacket&) = delete;

  const EncodedPacket& packet() const noexcept { return packet_; }
  const plugin_api::Event& event() const noexcept { return event_; }
  /// False for what is no event.
  bool is_event() const noexcept { return is_event_; }

 private:
  const EncodedPacket& packet_;
  plugin_api::Event event_;
  std::string name_;  // where it has escapes
  std::vector<plugin_api::Bytes> attachments_;
  protocol::OwnedPacket decoded_;  // of msgpack
  bool is_event_ = false;
};

/// To a connected socket, unless a hook drops it. On the socket's loop.
plugin_api::EmitResult send_through_hooks(Socket& socket, const ShownPacket& shown, bool is_volatile);

}  // namespace signaling::socketio
