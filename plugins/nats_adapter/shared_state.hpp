#pragma once
// What the adapter's thread lets every other thread see.

#include <atomic>
#include <broker_parts/cluster_view.hpp>
#include <cstddef>

namespace signaling::nats_adapter {

class SharedState final : public broker_parts::ClusterView {
 public:
  SharedState() : ClusterView("NATS") {}

  /// Longest message that can be published now; 0 while there is no connection.
  std::size_t max_payload() const noexcept { return max_payload_.load(std::memory_order_acquire); }
  void set_max_payload(std::size_t bytes) noexcept { max_payload_.store(bytes, std::memory_order_release); }

 private:
  std::atomic<std::size_t> max_payload_{0};
};

}  // namespace signaling::nats_adapter
