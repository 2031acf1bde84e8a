#pragma once
// What the adapter tells the core.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <signaling/plugin_api/adapter.hpp>

#include "loop_server.hpp"

namespace signaling::socketio {

namespace cluster {
class Cluster;
}

/// [any thread]: everything goes to a loop by a post.
class AdapterLink final : public plugin_api::AdapterEvents {
 public:
  /// Both vectors are complete before the adapter starts.
  AdapterLink(const std::vector<std::unique_ptr<LoopServer>>& loops,
              const std::vector<std::unique_ptr<ApplicationBinding>>& applications, const Shared& shared)
      : loops_(loops), applications_(applications), shared_(shared) {}

  void on_messages(std::span<const plugin_api::ClusterMessage> messages) override;
  void on_node_joined(const plugin_api::NodeInfo& node) override;
  void on_node_left(const plugin_api::NodeInfo& node) override;
  void on_node_lost(const plugin_api::NodeInfo& node) override;
  void on_members_changed(std::string_view room, std::span<const plugin_api::MemberChange> changes) override;
  void on_health_changed(bool is_available, std::string_view reason) override;

  /// Before the adapter starts. Without it messages and nodes are of no concern.
  void set_cluster(cluster::Cluster& cluster) noexcept { cluster_ = &cluster; }
  /// Empty while well. [any thread]
  std::string health() const;

 private:
  /// The adapter has delivered what its contract does not allow.
  void tell(std::string_view what) const { shared_.hooks->on_fault(shared_.adapter_plugin, Fault::bad_message, what); }
  bool is_node(const plugin_api::NodeInfo& node) const;

  const std::vector<std::unique_ptr<LoopServer>>& loops_;
  const std::vector<std::unique_ptr<ApplicationBinding>>& applications_;
  const Shared& shared_;
  cluster::Cluster* cluster_ = nullptr;
  mutable std::mutex mutex_;
  std::string problem_;  // under mutex_
};

}  // namespace signaling::socketio
