#pragma once
// What the adapter's thread lets every other thread see.

#include <atomic>
#include <broker_parts/cluster_view.hpp>
#include <cstddef>
#include <vector>

namespace signaling::redis_adapter {

class SharedState final : public broker_parts::ClusterView {
 public:
  explicit SharedState(std::size_t partitions) : ClusterView("Redis"), up_(partitions) {}

  bool is_up(std::size_t partition) const noexcept { return up_[partition].load(std::memory_order_acquire); }
  void set_up(std::size_t partition, bool is_up) noexcept { up_[partition].store(is_up, std::memory_order_release); }

 private:
  std::vector<std::atomic<bool>> up_;
};

}  // namespace signaling::redis_adapter
