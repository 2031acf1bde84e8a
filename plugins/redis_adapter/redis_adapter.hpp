#pragma once
// The adapter of a cluster: the border to the core, and the thread behind it.

#include <broker_parts/broker_adapter.hpp>
#include <cstdint>
#include <memory>
#include <span>

#include <signaling/plugin_api/host.hpp>

#include "inbox.hpp"
#include "metrics.hpp"

namespace signaling::redis_adapter {

/// One thread does everything (`Engine`); the functions of the border hand it operations through a bounded inbox, and handlers
/// are called on it.
class RedisAdapter final : public broker_parts::BrokerAdapter<plugin_api::CountingAdapter, Operation> {
 public:
  explicit RedisAdapter(plugin_api::Host& host);
  ~RedisAdapter() override;

  void validate(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  void start(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  /// Credentials and time limits are for connections, commands and operations to come.
  void reload(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  plugin_api::Status publish(const plugin_api::Destination& destination, plugin_api::Bytes message) override;
  void take_counters(std::span<const plugin_api::CounterTake> takes, std::uint32_t wait_ms,
                     plugin_api::CounterHandler& handler) override;

 private:
  struct Running;

  plugin_api::Status hand_over(Operation&& operation) override;
  const broker_parts::ClusterView* view() const override;
  void leave_and_join() override;

  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Running> running_;  ///< from start on
};

}  // namespace signaling::redis_adapter
