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
              const std::vector<std::unique_ptr<ApplicationBinding>>& applications)
      : loops_(loops), applications_(applications) {}

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
  const std::vector<std::unique_ptr<LoopServer>>& loops_;
  const std::vector<std::unique_ptr<ApplicationBinding>>& applications_;
  cluster::Cluster* cluster_ = nullptr;
  mutable std::mutex mutex_;
  std::string problem_;  // under mutex_
};

}  // namespace signaling::socketio
