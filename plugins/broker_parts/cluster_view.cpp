#include "cluster_view.hpp"

namespace signaling::broker_parts {

ClusterView::ClusterView(std::string_view broker)
    : unavailable_(std::string(broker) + " is not available"),
      health_(*reasons_.emplace(std::string(broker) + " has not been reached yet").first) {}

void ClusterView::set_nodes(Nodes nodes) {
  auto fresh = std::make_shared<const Nodes>(std::move(nodes));
  const std::lock_guard lock(mutex_);
  nodes_.swap(fresh);  // the old ones end behind the lock
}

std::shared_ptr<const ClusterView::Nodes> ClusterView::nodes() const {
  const std::lock_guard lock(mutex_);
  return nodes_;
}

std::string_view ClusterView::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

bool ClusterView::set_health(std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (reason == health_) return false;
  if (reason.empty()) {
    health_ = {};
  } else if (reasons_.size() < max_reasons || reasons_.contains(std::string(reason))) {
    health_ = *reasons_.emplace(reason).first;
  } else {
    health_ = unavailable_;
  }
  return true;
}

}  // namespace signaling::broker_parts
