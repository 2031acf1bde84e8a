#pragma once
// Every operation that reaches other nodes, over any adapter with the capability `cluster`. Read first: cluster_message.hpp.

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/base/sid.hpp>
#include <signaling/plugin_api/adapter.hpp>
#include <signaling/plugin_api/namespaces.hpp>
#include <signaling/socketio/conversations.hpp>

#include "ack_gathering.hpp"
#include "cluster_loop.hpp"
#include "cluster_message.hpp"
#include "heard_changes.hpp"
#include "socket_query.hpp"

namespace signaling::socketio::cluster {

/// The nodes that a request is for. `is_everybody`: it goes to all, else to each by itself.
struct Asked {
  std::vector<Node> nodes;
  bool is_everybody = true;
  bool is_away = false;      ///< the adapter is: nobody knows whom to ask
  bool is_too_many = false;  ///< `max_pending_requests`
};

/// Sends. All functions on a loop, after the loops of this node have been served.
class Cluster final : public Conversations {
 public:
  /// `loops` is complete, `shared.registry` set.
  Cluster(plugin_api::Adapter& adapter, std::string own_tag, std::string own_name, Shared& shared,
          const std::vector<std::unique_ptr<LoopServer>>& loops, std::size_t max_queue_bytes);
  ~Cluster();

  void emit(LoopServer& here, const plugin_api::Target& target, const plugin_api::Payload& event, plugin_api::EmitFlags flags);
  void emit_to_member(LoopServer& here, const base::Sid& id, std::string_view namespace_name, std::string_view room,
                      const plugin_api::Payload& event, HandlerRef<plugin_api::StatusHandler> handler);
  void join(LoopServer& here, const plugin_api::Target& target, std::span<const std::string_view> rooms) {
    change_rooms(here, Kind::join, target, rooms);
  }
  void leave(LoopServer& here, const plugin_api::Target& target, std::span<const std::string_view> rooms) {
    change_rooms(here, Kind::leave, target, rooms);
  }
  void disconnect(LoopServer& here, const plugin_api::Target& target, bool close);

  Asked whom(LoopServer& here, const plugin_api::Target& target);
  /// One report of each node in `asked` follows.
  void query(LoopServer& here, const Asked& asked, const plugin_api::Target& target, plugin_api::Projection projection,
             base::Milliseconds timeout, std::shared_ptr<SocketQuery> query);
  void gather(LoopServer& here, const Asked& asked, const plugin_api::Target& target, const plugin_api::Payload& event,
              base::Milliseconds timeout, plugin_api::EmitFlags flags, std::shared_ptr<AckGathering> gathering);
  void emit_to_servers(LoopServer& here, std::string_view namespace_name, const plugin_api::Payload& event,
                       base::Milliseconds timeout, HandlerRef<plugin_api::ServerAnswersHandler> handler);

  // Conversations
  std::unique_ptr<Conversation> begin(std::string_view node_tag, std::uint8_t target_loop, plugin_api::Bytes first,
                                      base::Milliseconds idle_timeout, ConversationHandler& handler,
                                      plugin_api::Status& status) override;
  void accept_with(std::uint32_t loop, ConversationAcceptor& acceptor) override;

  // The adapter's part. [any thread]
  void on_messages(std::span<const plugin_api::ClusterMessage> messages);
  void on_node_joined(const plugin_api::NodeInfo& node);
  void on_node_gone(const plugin_api::NodeInfo& node);
  void on_health_changed(bool is_available);

  HeardChanges& heard_changes() noexcept { return heard_changes_; }
  const ClusterCounters& counters() const noexcept { return outlet_.counters(); }
  void set_max_queue_bytes(std::size_t bytes) noexcept { max_queue_bytes_.store(bytes, std::memory_order_relaxed); }

 private:
  friend class Inbox;
  /// Publishes to where sockets of the target may be; see Namespaces for the order that follows from it.
  void route(LoopServer& here, const plugin_api::Target& target, plugin_api::Bytes message);
  bool send(const Asked& asked, plugin_api::Bytes message);
  void change_rooms(LoopServer& here, Kind kind, const plugin_api::Target& target, std::span<const std::string_view> rooms);
  ClusterLoop& at(const LoopServer& loop) noexcept { return *loops_[loop.index()]; }
  /// Loops of this node with sockets of the target, as bits. [any thread]
  std::uint64_t loops_of(const plugin_api::Target& target) const;

  Outlet outlet_;
  std::string own_name_;
  Shared& shared_;
  std::vector<std::unique_ptr<ClusterLoop>> loops_;
  std::atomic<std::size_t> max_queue_bytes_;
  HeardChanges heard_changes_;
};

}  // namespace signaling::socketio::cluster
