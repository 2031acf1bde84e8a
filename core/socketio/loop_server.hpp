#pragma once
// The Socket.IO server of one event loop: its namespaces, and the way into the plugins.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <signaling/base/event_loop.hpp>
#include <signaling/base/sid.hpp>
#include <signaling/engine/session_handler.hpp>
#include <signaling/plugin_api/peers.hpp>
#include <signaling/socketio/counters.hpp>
#include <signaling/socketio/hooks.hpp>
#include <signaling/socketio/options.hpp>
#include <signaling/socketio/plugin_call.hpp>

#include "middleware_run.hpp"
#include "namespace_shard.hpp"
#include "namespace_table.hpp"
#include "outgoing_hooks.hpp"
#include "packet_encoder.hpp"
#include "room_registry.hpp"

namespace signaling::socketio {

inline constexpr std::uint32_t max_ack_timeout_ms = 3'600'000;

/// A plugin that hears of itself on other nodes.
struct PeerBinding {
  plugin_api::PeerHandler* handler;
  std::uint32_t plugin;  ///< number for the HookObserver
};

/// What all loops of a node read and none changes after the start.
struct Shared {
  HookObserver* hooks = nullptr;
  std::uint32_t adapter_plugin = unknown_plugin;  ///< number for the HookObserver
  NamespaceTable table;
  std::vector<MiddlewareBinding> middleware;
  std::unordered_map<std::string, PeerBinding> peers;  ///< by `peer_address`
  std::uint32_t hooks_wanted = 0;                      ///< of all middlewares together
  std::vector<OutgoingBinding> outgoing;               ///< in the order of the middlewares
  /// nullptr where this node has one loop and no other nodes: rooms then need no record.
  std::unique_ptr<RoomRegistry> registry;
  std::atomic<std::uint64_t> next_ack_id{0};
};

/// All functions on the loop.
class LoopServer final : public engine::SessionFactory {
 public:
  LoopServer(Shared& shared, const Options& options, base::EventLoop& loop, base::SidSource ids);
  ~LoopServer();

  // engine::SessionFactory
  void check_handshake(const engine::HttpRequest& request, std::unique_ptr<engine::HandshakeVerdict> verdict) override;
  std::unique_ptr<engine::SessionHandler> open(engine::Session& session, const engine::HttpRequest& request) override;

  std::uint32_t index() const noexcept { return loop_.index(); }
  base::EventLoop& event_loop() noexcept { return loop_; }
  const Options& options() const noexcept { return options_; }
  void set_options(const Options& options) {
    options_ = options;
    encoder_.set_options(options);
  }
  const PacketEncoder& encoder() const noexcept { return encoder_; }
  Counters& counters() noexcept { return counters_; }
  const Counters& counters() const noexcept { return counters_; }
  base::Sid next_sid() { return ids_.next(); }
  /// One sequence for the node: a broadcast uses one id for all its recipients, and no id is in use twice on a socket.
  std::uint64_t next_ack_id() noexcept { return shared_.next_ack_id.fetch_add(1, std::memory_order_relaxed); }
  std::int64_t wall_clock_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }

  const std::vector<MiddlewareBinding>& middleware() const noexcept { return shared_.middleware; }
  bool has_hook(std::uint32_t hook) const noexcept { return (shared_.hooks_wanted & hook) != 0; }
  /// Empty where nobody wants to see what goes out.
  const std::vector<OutgoingBinding>& outgoing() const noexcept { return shared_.outgoing; }
  HookObserver& hooks() noexcept { return *shared_.hooks; }
  /// An outgoing hook runs: what it emits is not shown to the hooks.
  bool is_in_outgoing_hook = false;
  /// nullptr where the plugin is not here or does not listen.
  const PeerBinding* find_peer(const std::string& address) const {
    const auto found = shared_.peers.find(address);
    return found == shared_.peers.end() ? nullptr : &found->second;
  }
  const ApplicationBinding* find_application(std::string_view name) const { return shared_.table.find(name); }

  NamespaceShard* find_shard(std::string_view name) noexcept {
    const auto found = shards_.find(name);
    return found == shards_.end() ? nullptr : found->second.get();
  }
  NamespaceShard& find_or_create_shard(std::string_view name, const ApplicationBinding& application);
  /// Ends the unused shard in a later turn if nobody came by then; namespaces out of a pattern do not pile up.
  void sweep_shard(NamespaceShard& shard);

  RoomRecord* acquire_room(std::string_view namespace_name, std::string_view room);
  void release_room(RoomRecord* record);
  void when_reachable(RoomRecord* record, HandlerRef<plugin_api::StatusHandler> handler);

  /// Calls a handler object that a plugin handed over; what it throws is told and counted.
  template <class Call>
  void call_handler(const plugin_api::Releasable& handler, Call&& call) noexcept {
    socketio::call_handler(*shared_.hooks, loop_.index(), handler, call);
  }
  /// The same for a handler of the core's own.
  template <class Call>
  void call_own_handler(Call&& call) noexcept {
    try {
      call();
    } catch (...) {
      counters_.drop(Drop::plugin_error);
    }
  }
  void tell(HandlerRef<plugin_api::StatusHandler> handler, plugin_api::Status status) {
    socketio::tell(*shared_.hooks, loop_.index(), std::move(handler), status);
  }

  /// Runs code of a plugin: times it, and keeps what it throws from going further. False where it threw.
  /// @param now  when the hook before this one returned, just now; the epoch: to be asked of the clock. Afterwards: when this
  ///             one did. Asking it costs as much as the rest of a call.
  template <class Call>
  bool call_plugin(std::uint32_t plugin, HookKind kind, Call&& call, HookTime& now);
  template <class Call>
  bool call_plugin(std::uint32_t plugin, HookKind kind, Call&& call) {
    HookTime now{};
    return call_plugin(plugin, kind, std::forward<Call>(call), now);
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  Shared& shared_;
  Options options_;
  base::EventLoop& loop_;
  base::SidSource ids_;
  PacketEncoder encoder_;
  Counters counters_;
  std::unordered_map<std::string, std::unique_ptr<NamespaceShard>, Hash, std::equal_to<>> shards_;
  bool ending_ = false;
};

template <class Call>
bool LoopServer::call_plugin(std::uint32_t plugin, HookKind kind, Call&& call, HookTime& now) {
  if (socketio::call_plugin(*shared_.hooks, plugin, loop_.index(), kind, call, now)) return true;
  counters_.drop(Drop::plugin_error);
  return false;
}

}  // namespace signaling::socketio
