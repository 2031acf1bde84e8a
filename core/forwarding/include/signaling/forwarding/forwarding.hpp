#pragma once
// Requests of one event loop whose session lives on another node: carried there, served for others here.

#include <cstddef>
#include <memory>
#include <random>
#include <string_view>

#include <signaling/base/event_loop.hpp>
#include <signaling/engine/engine.hpp>
#include <signaling/forwarding/counters.hpp>
#include <signaling/forwarding/options.hpp>
#include <signaling/socketio/conversations.hpp>

namespace signaling::forwarding {

/// A session's owner is the node and the loop named in its id. A request for a session elsewhere is put to its owner in a
/// conversation and answered on the connection it came in on, where CORS, compression and keep-alive are added as for any
/// other. A WebSocket is accepted here and its messages are carried to and fro for as long as it lives.
///
///  - The owner's engine serves it like a request of its own, and so it gives the same answers and errors.
///  - A client that goes away is told to the owner (`on_exchange_lost`, `on_websocket_closed`).
///  - No such node, or a node lost while the request waits: `Session ID unknown` of this node's own engine.
///  - The adapter away, a message lost, no answer in time, a bound reached: 503. Official clients take any status but 200 as
///    the end of the transport, and connect anew; the session here ends as with a connection that is lost.
///
/// One per loop, all functions on it. Destroyed after the loop has ended, before the engine and the conversations.
class Forwarding final {
 public:
  struct Environment {
    base::EventLoop& loop;
    engine::Engine& engine;
    socketio::Conversations& conversations;
    std::string_view node_tag;  ///< the 4 characters that ids made here begin with
  };

  Forwarding(const Options& options, const Environment& environment);
  ~Forwarding();
  Forwarding(const Forwarding&) = delete;
  Forwarding& operator=(const Forwarding&) = delete;

  /// One request under the engine's path: to its owner where that is another node, else to the engine.
  void handle(engine::HttpExchange& exchange);
  /// Takes the requests of other nodes; give it to `Conversations::accept_with`.
  socketio::ConversationAcceptor& acceptor();
  /// This node leaves: up to `count` clients of sessions elsewhere are sent to another node, chosen by `random`. A tunnel is
  /// closed (1012); a poll is answered soon, and its connection closed. @return how many were.
  std::size_t end_some(std::size_t count, std::mt19937_64& random);
  /// This node stops. Polls for other nodes are answered soon, so that their clients go on through another node without
  /// losing the session; tunnels are closed (1012).
  void drain();
  /// [any thread]
  const Counters& counters() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signaling::forwarding
