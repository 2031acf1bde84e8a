#pragma once
// The adapter of a node that is alone: the reference implementation of the adapter contract.

#include <atomic>
#include <memory>
#include <string>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/host.hpp>

#include "counter_store.hpp"
#include "history_store.hpp"
#include "presence_store.hpp"

namespace signaling::memory_adapter {

/// There is no other node: publishing is done at once and reaches nobody, every topic is subscribed as soon as it is asked for,
/// and all handlers run before the function that takes them returns, on the caller's thread and under no lock.
class MemoryAdapter final : public plugin_api::BasicPlugin<plugin_api::CountingAdapter> {
 public:
  explicit MemoryAdapter(plugin_api::Host& host) : host_(host) {}

  void start(const plugin_api::ConfigView& config, plugin_api::Problems& problems) override;
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
  void history_append(std::string_view topic, plugin_api::Bytes item, plugin_api::HistoryHandler& handler) override;
  void history_replay(std::string_view topic, std::uint64_t offset, plugin_api::HistoryHandler& handler) override;
  void take_counters(std::span<const plugin_api::CounterTake> takes, std::uint32_t wait_ms,
                     plugin_api::CounterHandler& handler) override;

 private:
  struct Self {
    std::string tag;
    std::string name;
    std::string version;
    std::string capabilities;
  };

  plugin_api::Host& host_;
  plugin_api::AdapterEvents* events_ = nullptr;
  Self self_;
  std::atomic<bool> is_running_{false};
  std::unique_ptr<PresenceStore> presence_;
  std::unique_ptr<HistoryStore> history_;  ///< nullptr: switched off
  std::unique_ptr<CounterStore> counters_;
};

}  // namespace signaling::memory_adapter
