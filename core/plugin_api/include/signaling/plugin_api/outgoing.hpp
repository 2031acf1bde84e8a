#pragma once
// The hook for events on their way to a socket. Since API 1.2.

#include <string_view>

#include <signaling/plugin_api/socket.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

/// The verdict on one event for one socket; given before the hook returns. The first of pass and drop counts. Without one, or
/// where the hook throws, the event is dropped (fails closed). [loop]
class OutgoingVerdict {
 public:
  virtual void pass() = 0;
  /// The socket does not get it. To whoever waits for its acknowledgement this looks like a client that does not answer.
  virtual void drop() = 0;
  /// What the socket gets, and the hooks after this one see, is this instead: `text` is the whole array `["name",arg…]`. Call
  /// before `pass`. Sockets whose event was not replaced go on to share one encoded frame.
  virtual void replace(const Payload& event) = 0;

 protected:
  ~OutgoingVerdict() = default;
};

class OutgoingHook {
 public:
  /// Every event for a socket of this node, whoever has emitted it: applications, broadcasts, other nodes. Once for each
  /// recipient, so keep it short. Not: acknowledgements, CONNECT, what this hook itself emits meanwhile. `event.ack` tells
  /// whether the client is asked to answer; it is not for `Socket::reply`. [loop]
  virtual void on_event_out(Socket& socket, const Event& event, OutgoingVerdict& verdict) = 0;

 protected:
  ~OutgoingHook() = default;
};

/// For middleware, from `Host::query(OutgoingEvents::interface_name)`; nullptr in a server before 1.2, and for other kinds.
/// Where nobody watches, nothing is decoded or asked.
class OutgoingEvents {
 public:
  static constexpr std::string_view interface_name = "signaling.outgoing_events/1";

  /// From now on `hook` is asked, after those of the middlewares before in the list. One for each plugin, which outlives the
  /// plugin's `stop`. [startup, in `start`]
  virtual void watch(OutgoingHook& hook) = 0;

 protected:
  ~OutgoingEvents() = default;
};

}  // namespace signaling::plugin_api
