#pragma once
// Operations on many sockets, over all loops of this node and, with a cluster, the other nodes.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/namespaces.hpp>

#include "loop_server.hpp"
#include "owned_texts.hpp"

namespace signaling::socketio {

namespace cluster {
class Cluster;
}

/// A target that outlives the call it came in; shared by the loops that serve it.
class OwnedTarget {
 public:
  explicit OwnedTarget(const plugin_api::Target& target);
  plugin_api::Target view() const noexcept;
  std::string_view namespace_name() const noexcept { return texts_.all().front(); }

 private:
  OwnedTexts texts_;  ///< namespace, rooms, except
  std::size_t room_count_;
  std::uint64_t before_mark_;
};

/// Implements what plugins call. Local sockets of the calling loop are served before a function returns; the other loops get
/// one post each, and only those that have members of the target. From one loop to one socket, order is kept: everything goes
/// through the same queue. The other nodes come last and never make anybody wait.
class Operations final : public plugin_api::Namespaces {
 public:
  /// `loops` is filled before the first call.
  Operations(Shared& shared, const std::vector<std::unique_ptr<LoopServer>>& loops, std::string node_tag, std::string node_name)
      : shared_(shared), loops_(loops), node_tag_(std::move(node_tag)), node_name_(std::move(node_name)) {}

  void emit(const plugin_api::Target& target, const plugin_api::Payload& event, plugin_api::EmitFlags flags) override;
  void emit_with_ack(const plugin_api::Target& target, const plugin_api::Payload& event, std::uint32_t timeout_ms,
                     plugin_api::BroadcastAckHandler& handler, plugin_api::EmitFlags flags) override;
  void emit_to_member(std::string_view namespace_name, std::string_view socket_id, std::string_view required_room,
                      const plugin_api::Payload& event, plugin_api::StatusHandler* handler) override;
  void join(const plugin_api::Target& target, std::span<const std::string_view> rooms) override;
  void leave(const plugin_api::Target& target, std::span<const std::string_view> rooms) override;
  void disconnect(const plugin_api::Target& target, bool close) override;
  void query(const plugin_api::Target& target, plugin_api::Projection projection, std::uint32_t timeout_ms, bool local,
             plugin_api::QueryHandler& handler) override;
  plugin_api::Socket* find_local(std::string_view namespace_name, std::string_view socket_id) override;
  void emit_to_servers(std::string_view namespace_name, const plugin_api::Payload& event, std::uint32_t timeout_ms,
                       plugin_api::ServerAnswersHandler* handler) override;

  /// Before the loops run.
  void set_cluster(cluster::Cluster& cluster) noexcept { cluster_ = &cluster; }

 private:
  /// Of the calling thread; nullptr on one that is no loop, which is told as a fault of whoever calls `function`.
  LoopServer* here(std::string_view function) {
    for (const std::unique_ptr<LoopServer>& loop : loops_) {
      if (loop->event_loop().is_current()) return loop.get();
    }
    tell_wrong_thread(function);
    return nullptr;
  }
  void tell_wrong_thread(std::string_view function);
  /// Calls a handler on a thread that is no loop.
  template <class Handler, class Call>
  void refuse(const HandlerRef<Handler>& handler, Call&& call) {
    if (handler) call_handler(*shared_.hooks, static_cast<std::uint32_t>(loops_.size()), *handler, call);
  }
  /// Loops other than `here` that have sockets of the target, as bits.
  std::uint64_t other_loops(LoopServer& here, const plugin_api::Target& target) const;
  /// Runs `work(LoopServer&, NamespaceShard*, const Target&)` here at once and on each of the other loops; the shard is nullptr
  /// where the namespace has nobody there. `work` is copied.
  template <class Work>
  void on_each_loop(LoopServer& here, std::uint64_t others, const plugin_api::Target& target, Work work);

  Shared& shared_;
  const std::vector<std::unique_ptr<LoopServer>>& loops_;
  std::string node_tag_;
  std::string node_name_;
  cluster::Cluster* cluster_ = nullptr;  // without other nodes
};

}  // namespace signaling::socketio
