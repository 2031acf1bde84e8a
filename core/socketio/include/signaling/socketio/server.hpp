#pragma once
// The Socket.IO server of one node: what the applications claim, who is connected, and every operation on many sockets.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/base/clock.hpp>
#include <signaling/base/event_loop.hpp>
#include <signaling/base/sid.hpp>
#include <signaling/engine/session_handler.hpp>
#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/application.hpp>
#include <signaling/plugin_api/handshake_refusals.hpp>
#include <signaling/plugin_api/middleware.hpp>
#include <signaling/plugin_api/outgoing.hpp>
#include <signaling/plugin_api/peers.hpp>
#include <signaling/socketio/conversations.hpp>
#include <signaling/socketio/counters.hpp>
#include <signaling/socketio/hooks.hpp>
#include <signaling/socketio/options.hpp>

namespace signaling::socketio {

/// Order of calls: construct, `set_adapter`, `add_middleware` and `add_application` (after the plugins were started), `start`,
/// then the loops run and hand their sessions to `factory(loop)`. Everything up to `start` on one thread before the loops run.
///
/// Ownership: keeps pointers to the loops and plugins, which outlive it. Destroyed after the loops have ended.
class Server {
 public:
  struct Node {
    std::array<std::uint8_t, 3> tag;  ///< first bytes of every id made here
    std::string name;
    std::string version;
  };

  Server(const Options& options, Node node, std::vector<base::EventLoop*> loops, HookObserver& hooks);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Before the adapter's `start`: attaches it. `capabilities` are the words of its manifest. Without an adapter the node
  /// delivers locally and presence is `unavailable`.
  /// With the capability `counters` it is a CountingAdapter. With `cluster` the node announces the word `cluster/1`: it takes
  /// part in the operations over nodes.
  /// `plugin`: its number, as below.
  void set_adapter(plugin_api::Adapter& adapter, std::string_view capabilities, std::uint32_t plugin = unknown_plugin);
  /// In the order in which they shall see things.
  void add_middleware(plugin_api::Middleware& middleware, std::uint32_t plugin);
  /// In the same order: who wants to see what goes out.
  void add_outgoing(plugin_api::OutgoingHook& hook, std::uint32_t plugin);
  /// Asks the application for its claims. Throws std::runtime_error naming both plugins where a name is taken, or naming the
  /// claim where it is no namespace name.
  void add_application(plugin_api::Application& application, std::uint32_t plugin, std::string_view plugin_name);
  void start();

  /// What plugins get from their host; valid as long as the server. `presence` keeps each plugin's rooms apart.
  plugin_api::Namespaces& namespaces();
  plugin_api::Presence& presence(std::string_view plugin_name);
  plugin_api::Peers& peers(std::string_view plugin_name, std::uint32_t plugin);
  /// nullptr where the adapter has none. Before the loops run, as `presence`.
  plugin_api::SharedCounters* shared_counters(std::string_view plugin_name);
  static plugin_api::HandshakeRefusals& handshake_refusals() noexcept;

  /// Valid as long as the server; without an adapter of several nodes there is nobody to begin one with.
  Conversations& conversations();

  /// Takes the sessions of that loop. [loop]
  engine::SessionFactory& factory(std::uint32_t loop);
  const Counters& counters(std::uint32_t loop) const;
  /// Zero without an adapter of several nodes.
  const ClusterCounters& cluster_counters() const;

  /// Empty while the adapter is well, else why it is not. [any thread]
  std::string adapter_health() const;
  /// Goes on without what the adapter owes for too long. About once a second after `start`, one thread at a time.
  void tick(base::TimePoint now);
  /// New bounds, for packets to come. [any thread]
  void set_options(const Options& options);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signaling::socketio
