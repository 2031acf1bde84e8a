#pragma once
// The server as one plugin sees it.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/logger.h>

#include <signaling/base/event_loop.hpp>
#include <signaling/plugin_api/admin.hpp>
#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/peers.hpp>
#include <signaling/server/plugin_calls.hpp>
#include <signaling/server/plugin_hooks.hpp>
#include <signaling/server/plugin_metrics.hpp>

namespace signaling::server {

/// What every plugin's host stands on. All pointers outlive the plugins; the loops may be fewer than `loop_count` (none for
/// `--check`): what is posted to one that is not there is released unrun.
struct PluginServices {
  std::string node_name;
  std::string server_version;
  std::uint32_t loop_count = 1;
  std::vector<base::EventLoop*> loops;
  /// Logger of a component: `plugins`, and `plugin.<name>` for what each plugin says.
  std::function<std::shared_ptr<spdlog::logger>(std::string_view component)> logger;
  PluginMetrics* metrics = nullptr;
  PluginHooks* hooks = nullptr;
  std::shared_ptr<PluginCalls> calls = nullptr;  ///< nullptr: nobody calls
};

/// Implements `plugin_api::Host`, with its rules for threads. Tasks run behind a guard: an exception that escapes from one is
/// logged and counted.
///
/// Ownership: made before the plugin, destroyed after it, and after the loops have ended: timers live in the loops' queues.
class PluginHost final : public plugin_api::Host, private plugin_api::AdminCalls {
 public:
  /// @param number  of the plugin in `services.hooks`
  PluginHost(const PluginServices& services, std::string plugin, std::uint32_t number, std::shared_ptr<spdlog::logger> log);
  ~PluginHost();
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;

  /// Until then a plugin finds no sockets. [startup]
  void set_sockets(plugin_api::Namespaces& namespaces, plugin_api::Presence& presence,
                   plugin_api::Peers* peers = nullptr) noexcept;
  /// What `query` gives under that name (static text) from here on. Before the plugin's `start`. [startup]
  void offer(std::string_view interface_name, void* interface) { offered_.emplace_back(interface_name, interface); }
  /// The plugin was stopped: no task or timer of it runs any more, only released. [startup]
  void close() { is_closed_.store(true, std::memory_order_release); }
  /// Releases what still waits for its time: before the plugin is destroyed, after the loops have ended. [startup]
  void discard_timers();

  std::string_view node_name() const override { return services_.node_name; }
  std::string_view server_version() const override { return services_.server_version; }
  std::uint32_t loop_count() const override { return services_.loop_count; }
  std::uint32_t current_loop() const override;
  bool should_log(plugin_api::LogLevel level) const override;
  void log(plugin_api::LogLevel level, std::string_view text) override;
  void post(std::uint32_t loop, plugin_api::Task& task) override;
  std::uint64_t start_timer(std::uint64_t delay_ms, plugin_api::Task& task) override;
  bool cancel_timer(std::uint64_t timer) override;
  std::int64_t wall_clock_ms() const override;
  std::int64_t monotonic_ms() const override;
  plugin_api::Metric& metric(plugin_api::MetricKind kind, std::string_view name, std::string_view help,
                             std::span<const plugin_api::Label> labels) override;
  plugin_api::Namespaces& namespaces() override { return *namespaces_.load(std::memory_order_acquire); }
  plugin_api::Presence& presence() override { return *presence_.load(std::memory_order_acquire); }
  void* query(std::string_view interface_name) override;

 private:
  class OwnedTask;
  class HostTimer;
  struct LoopTimers;

  // plugin_api::AdminCalls
  void serve(plugin_api::AdminHandler& handler) override;

  void run(plugin_api::Task& task) noexcept;
  void answer(plugin_api::AdminHandler& handler, std::unique_ptr<PluginCalls::Call> call) noexcept;

  const PluginServices& services_;
  const std::string plugin_;
  const std::uint32_t number_;
  const std::shared_ptr<spdlog::logger> log_;
  std::atomic<plugin_api::Namespaces*> namespaces_;
  std::atomic<plugin_api::Presence*> presence_;
  std::atomic<plugin_api::Peers*> peers_{nullptr};
  std::vector<std::pair<std::string_view, void*>> offered_;
  std::atomic<bool> is_closed_{false};
  std::vector<LoopTimers> timers_;  ///< one per loop, touched on it alone
};

}  // namespace signaling::server
