#pragma once
// The adapter of a cluster over NATS: the border to the core, and the thread behind it.

#include <atomic>
#include <memory>
#include <string>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/host.hpp>

#include "metrics.hpp"
#include "node_id.hpp"
#include "settings.hpp"

namespace signaling::nats_adapter {

class LibraryUse;

/// One thread does everything (`Engine`), a second one what may block (`Session`); the functions of the border hand operations
/// to the first through a bounded inbox, and handlers are called on it. After `stop` every operation is refused with `closed`.
class NatsAdapter final : public plugin_api::BasicAdapter {
 public:
  explicit NatsAdapter(plugin_api::Host& host);
  ~NatsAdapter() override;

  void validate(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  void start(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  /// Credentials are for connections to come, limits for operations to come.
  void reload(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
  void stop() override;
  std::string_view health() const override;

  void attach(plugin_api::AdapterEvents& events, const plugin_api::NodeInfo& self) override;
  void subscribe(std::string_view topic, plugin_api::SubscribeHandler& handler) override;
  void unsubscribe(std::string_view topic) override;
  plugin_api::Status publish(const plugin_api::Destination& destination, plugin_api::Bytes message) override;
  void presence_put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members,
                    plugin_api::PresenceHandler& handler) override;
  void presence_remove(std::string_view room, std::string_view member, plugin_api::PresenceHandler& handler) override;
  void presence_list(std::string_view room, plugin_api::PresenceHandler& handler) override;
  void visit_nodes(plugin_api::NodeVisitor& visitor) override;

 private:
  struct Running;

  plugin_api::Host& host_;
  plugin_api::AdapterEvents* events_ = nullptr;
  std::string tag_;
  NodeDescription self_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<LibraryUse> library_;  ///< while it runs
  std::unique_ptr<Running> running_;     ///< from start on
  std::atomic<bool> is_running_{false};
};

}  // namespace signaling::nats_adapter
