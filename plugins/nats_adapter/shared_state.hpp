#pragma once
// What the adapter's thread lets every other thread see.

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "node_id.hpp"

namespace signaling::nats_adapter {

class SharedState {
 public:
  /// Longest message that can be published now; 0 while there is no connection.
  std::size_t max_payload() const noexcept { return max_payload_.load(std::memory_order_acquire); }
  void set_max_payload(std::size_t bytes) noexcept { max_payload_.store(bytes, std::memory_order_release); }

  /// The others; whoever asks adds itself.
  using Nodes = std::vector<std::pair<std::string, NodeDescription>>;
  void set_nodes(Nodes nodes) {
    const std::lock_guard lock(mutex_);
    nodes_ = std::make_shared<const Nodes>(std::move(nodes));
  }
  std::shared_ptr<const Nodes> nodes() const {
    const std::lock_guard lock(mutex_);
    return nodes_;
  }

  /// Empty while well. The view stays good as long as this object: there are few reasons, and each is kept once.
  std::string_view health() const {
    const std::lock_guard lock(mutex_);
    return health_;
  }
  /// True where it changed.
  bool set_health(std::string_view reason) {
    const std::lock_guard lock(mutex_);
    if (reason == health_) return false;
    if (reason.empty()) {
      health_ = {};
    } else if (reasons_.size() < max_reasons || reasons_.contains(std::string(reason))) {
      health_ = *reasons_.emplace(reason).first;
    } else {
      health_ = "NATS is not available";
    }
    return true;
  }

 private:
  static constexpr std::size_t max_reasons = 256;
  std::atomic<std::size_t> max_payload_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const Nodes> nodes_ = std::make_shared<const Nodes>();  ///< guarded by mutex_, with all that follows
  std::set<std::string> reasons_;
  std::string_view health_ = *reasons_.emplace("NATS has not been reached yet").first;
};

}  // namespace signaling::nats_adapter
