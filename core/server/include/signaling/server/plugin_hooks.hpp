#pragma once
// Watches the calls into plugins: how long they take, and what escapes from them.

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <spdlog/logger.h>

#include <signaling/base/counter.hpp>
#include <signaling/socketio/hooks.hpp>
#include <signaling/socketio/plugin_call.hpp>

namespace signaling::server {

/// Lets one event through per interval and counts the others. [any thread], lock-free.
class LogLimit {
 public:
  /// @return nothing: hold it back; else how many were held back since the last one that was let through.
  /// `now_ns`: of a clock that never jumps.
  static constexpr std::int64_t interval_ns = 10'000'000'000;
  bool admit(std::int64_t now_ns, std::uint64_t& held_back) noexcept;

 private:
  std::atomic<std::int64_t> next_ns_{0};
  std::atomic<std::uint64_t> held_back_{0};
};

/// Histograms `signaling_plugin_hook_seconds{plugin,hook}`, counters `signaling_plugin_errors_total{plugin,hook}` (exceptions)
/// and `signaling_plugin_faults_total{plugin,kind}` (other breaches of the border's rules; `plugin=""` where nobody knows
/// whose). Each loop writes its own numbers without lock or locked instruction; `Collect` adds them up from any thread.
///
/// Order: add every plugin before the loops run. Ownership: outlives the loops and the plugins.
class PluginHooks final : public socketio::HookObserver, public prometheus::Collectable {
 public:
  /// A hook that takes longer than this holds up every connection of its loop, and is told.
  static constexpr std::uint64_t slow_hook_ns = 100'000'000;
  using Nanoseconds = std::function<std::int64_t()>;  ///< a clock that never jumps

  explicit PluginHooks(std::uint32_t loop_count, Nanoseconds clock = {});
  ~PluginHooks() override;

  /// For what cannot be told of any plugin. [startup]
  void set_log(std::shared_ptr<spdlog::logger> log);
  /// Gives the number under which `on_hook` counts. `symbol`: an address in the plugin's library, by which its code is known
  /// again; nullptr: it is not. [startup]
  std::uint32_t add_plugin(std::string name, std::shared_ptr<spdlog::logger> log, const void* symbol = nullptr);

  void on_hook(std::uint32_t plugin, std::uint32_t loop, socketio::HookKind kind, std::uint64_t nanoseconds,
               const char* error) override;
  void on_fault(std::uint32_t plugin, socketio::Fault fault, std::string_view what) override;
  /// The plugin that a running call is of (RunningCall::who), as far as it can be told.
  std::uint32_t plugin_of(std::uintptr_t who) const noexcept;
  /// The plugin whose code is the first among these words of a stack; `unknown_plugin` where none is. [any thread]
  std::uint32_t plugin_of_stack(std::span<const std::uintptr_t> words) const noexcept;
  /// A call holds its loop, and goes on doing so. Counted where it is the first telling of it.
  void on_blocked(std::uint32_t plugin, std::uint32_t loop, std::uint32_t kind, std::chrono::milliseconds time, bool is_first);
  /// A task or timer ran for so long. [any thread]
  void on_task(std::uint32_t plugin, std::chrono::steady_clock::duration time);
  /// Something escaped from a task, timer or other call that is no hook. [any thread]
  void on_task_error(std::uint32_t plugin, std::string_view error);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Plugin;
  std::uint32_t plugin_at(const void* address) const noexcept;
  std::uint32_t plugin_on_this_thread() const noexcept;
  void log_error(Plugin& plugin, std::size_t hook, std::string_view name, std::string_view error);

  const std::uint32_t loop_count_;
  const Nanoseconds clock_;
  std::vector<std::unique_ptr<Plugin>> plugins_;
  const std::unique_ptr<Plugin> nobody_;  ///< faults of whom nobody knows
};

}  // namespace signaling::server
