#pragma once
// The adapter of a cluster over NATS: the border to the core, and the thread behind it.

#include <broker_parts/broker_adapter.hpp>
#include <broker_parts/operation.hpp>
#include <memory>

#include <signaling/plugin_api/host.hpp>

#include "metrics.hpp"

namespace signaling::nats_adapter {

class LibraryUse;

/// One thread does everything (`Engine`), a second one what may block (`Session`); the functions of the border hand operations
/// to the first through a bounded inbox, and handlers are called on it.
class NatsAdapter final : public broker_parts::BrokerAdapter<plugin_api::Adapter, broker_parts::Operation> {
 public:
  explicit NatsAdapter(plugin_api::Host& host);
  ~NatsAdapter() override;

  void validate(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  void start(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  /// Credentials are for connections to come, limits for operations to come.
  void reload(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  plugin_api::Status publish(const plugin_api::Destination& destination, plugin_api::Bytes message) override;

 private:
  struct Running;

  plugin_api::Status hand_over(broker_parts::Operation&& operation) override;
  const broker_parts::ClusterView* view() const override;
  void leave_and_join() override;

  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<LibraryUse> library_;  ///< while it runs
  std::unique_ptr<Running> running_;     ///< from start on
};

}  // namespace signaling::nats_adapter
