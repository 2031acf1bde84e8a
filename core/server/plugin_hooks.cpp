#include <algorithm>
#include <chrono>
#include <dlfcn.h>
#include <execinfo.h>
#include <limits>

#include <signaling/server/plugin_hooks.hpp>

namespace signaling::server {

namespace {

using socketio::HookKind;

constexpr std::size_t task_hook = socketio::hook_kind_count;  // behind the hooks: tasks and timers
constexpr std::array<std::uint64_t, 11> bounds_ns{1'000,     3'000,      10'000,      30'000,      100'000,      300'000,
                                                  1'000'000, 10'000'000, 100'000'000, 500'000'000, 1'000'000'000};

/// Where the library that holds this address begins; nullptr where there is none.
const void* library_of(const void* address) noexcept {
  Dl_info info{};
  return address != nullptr && ::dladdr(address, &info) != 0 ? info.dli_fbase : nullptr;
}

/// The plugin whose code is nearest on this thread's stack; `plugin_at` tells whose an address is.
template <class PluginAt>
std::uint32_t first_on_stack(PluginAt plugin_at) noexcept {
  std::array<void*, 64> frames{};
  const int count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  for (int i = 0; i < count; ++i) {
    const std::uint32_t plugin = plugin_at(frames[static_cast<std::size_t>(i)]);
    if (plugin != socketio::unknown_plugin) return plugin;
  }
  return socketio::unknown_plugin;
}

std::string_view hook_name(std::size_t hook) {
  return hook == task_hook ? std::string_view("task") : to_string(static_cast<HookKind>(hook));
}

struct Times {
  std::array<base::Counter, bounds_ns.size() + 1> buckets;
  base::Counter sum_ns;
  base::Counter errors;
};

/// The numbers that one loop writes; on cache lines of their own, so that loops do not wait for each other.
struct alignas(64) LoopTimes {
  std::array<Times, socketio::hook_kind_count> hooks;
};

}  // namespace

bool LogLimit::admit(std::int64_t now_ns, std::uint64_t& held_back) noexcept {
  std::int64_t next = next_ns_.load(std::memory_order_relaxed);
  if (now_ns < next || !next_ns_.compare_exchange_strong(next, now_ns + interval_ns, std::memory_order_relaxed)) {
    held_back_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  held_back = held_back_.exchange(0, std::memory_order_relaxed);
  return true;
}

struct PluginHooks::Plugin {
  std::string name;
  std::shared_ptr<spdlog::logger> log;
  std::vector<LoopTimes> loops;
  std::atomic<std::uint64_t> task_errors{0};
  std::array<LogLimit, socketio::hook_kind_count + 1> error_limits;
  std::array<LogLimit, socketio::hook_kind_count + 1> slow_limits;
  std::array<std::atomic<std::uint64_t>, socketio::fault_count> faults{};
  std::array<LogLimit, socketio::fault_count> fault_limits;

  const void* library;  ///< where it begins in memory; nullptr where that is not known

  Plugin(std::string plugin_name, std::shared_ptr<spdlog::logger> logger, std::uint32_t loop_count,
         const void* library_base = nullptr)
      : name(std::move(plugin_name)), log(std::move(logger)), loops(loop_count), library(library_base) {}
};

PluginHooks::PluginHooks(std::uint32_t loop_count, Nanoseconds clock)
    : loop_count_(std::max(loop_count, 1U)),
      clock_(clock ? std::move(clock) : Nanoseconds([] {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count();
      })),
      nobody_(std::make_unique<Plugin>("", nullptr, loop_count_)) {}
PluginHooks::~PluginHooks() = default;

void PluginHooks::set_log(std::shared_ptr<spdlog::logger> log) { nobody_->log = std::move(log); }

std::uint32_t PluginHooks::add_plugin(std::string name, std::shared_ptr<spdlog::logger> log, const void* symbol) {
  plugins_.push_back(std::make_unique<Plugin>(std::move(name), std::move(log), loop_count_, library_of(symbol)));
  return static_cast<std::uint32_t>(plugins_.size() - 1);
}

void PluginHooks::on_hook(std::uint32_t number, std::uint32_t loop, HookKind kind, std::uint64_t nanoseconds,
                          const char* error) {
  // What a handler throws is told from within its call; one that runs on another thread is counted with the first loop.
  if (number >= plugins_.size()) number = plugin_on_this_thread();
  if (loop >= loop_count_) loop = 0;
  Plugin& plugin = number < plugins_.size() ? *plugins_[number] : *nobody_;
  const auto hook = static_cast<std::size_t>(kind);
  Times& times = plugin.loops[loop].hooks[hook];
  std::size_t bucket = 0;
  while (bucket < bounds_ns.size() && nanoseconds > bounds_ns[bucket]) ++bucket;
  times.buckets[bucket].add();
  times.sum_ns.add(nanoseconds);
  if (error != nullptr) {
    times.errors.add();
    log_error(plugin, hook, hook_name(hook), error);
  }
  std::uint64_t held_back = 0;
  if (plugin.log && nanoseconds > slow_hook_ns && plugin.slow_limits[hook].admit(clock_(), held_back)) {
    plugin.log->warn("{} hook held its loop for {} ms: all connections of the loop waited ({} more since the last line)",
                     hook_name(hook), nanoseconds / 1'000'000, held_back);
  }
}

void PluginHooks::on_task(std::uint32_t number, std::chrono::steady_clock::duration time) {
  const auto nanoseconds = static_cast<std::uint64_t>(std::chrono::nanoseconds(time).count());
  std::uint64_t held_back = 0;
  if (nanoseconds <= slow_hook_ns || number >= plugins_.size()) return;
  Plugin& plugin = *plugins_[number];
  if (!plugin.slow_limits[task_hook].admit(clock_(), held_back)) return;
  plugin.log->warn("a task held its loop for {} ms: all connections of the loop waited ({} more since the last line)",
                   nanoseconds / 1'000'000, held_back);
}

void PluginHooks::on_task_error(std::uint32_t number, std::string_view error) {
  if (number >= plugins_.size()) return;
  plugins_[number]->task_errors.fetch_add(1, std::memory_order_relaxed);
  log_error(*plugins_[number], task_hook, hook_name(task_hook), error);
}

std::uint32_t PluginHooks::plugin_at(const void* address) const noexcept {
  const void* const library = library_of(address);
  if (library == nullptr) return socketio::unknown_plugin;
  for (std::size_t i = 0; i < plugins_.size(); ++i) {
    if (plugins_[i]->library == library) return static_cast<std::uint32_t>(i);
  }
  return socketio::unknown_plugin;
}

std::uint32_t PluginHooks::plugin_of(std::uintptr_t who) const noexcept {
  if (who == 0) return socketio::unknown_plugin;
  if (who % 2 != 0) return static_cast<std::uint32_t>(who / 2);
  return plugin_at(reinterpret_cast<const void*>(who));
}

std::uint32_t PluginHooks::plugin_of_stack(std::span<const std::uintptr_t> words) const noexcept {
  for (const std::uintptr_t word : words) {
    const std::uint32_t plugin = word == 0 ? socketio::unknown_plugin : plugin_at(reinterpret_cast<const void*>(word));
    if (plugin != socketio::unknown_plugin) return plugin;
  }
  return socketio::unknown_plugin;
}

// On a thread of a plugin's own nothing tells whose it is but the code that it runs.
std::uint32_t PluginHooks::plugin_on_this_thread() const noexcept {
  const std::uint32_t running = plugin_of(socketio::running_call.who.load(std::memory_order_relaxed));
  return running < plugins_.size() ? running : first_on_stack([this](const void* address) { return plugin_at(address); });
}

void PluginHooks::on_blocked(std::uint32_t number, std::uint32_t loop, std::uint32_t kind, std::chrono::milliseconds time,
                             bool is_first) {
  Plugin& plugin = number < plugins_.size() ? *plugins_[number] : *nobody_;
  if (is_first) plugin.faults[static_cast<std::size_t>(socketio::Fault::blocked_loop)].fetch_add(1, std::memory_order_relaxed);
  if (!plugin.log) return;
  plugin.log->error("{}{} has held event loop {} for {:.1f} s and still does: all connections of the loop wait",
                    hook_name(kind), kind == task_hook || kind == static_cast<std::uint32_t>(HookKind::callback) ? "" : " hook",
                    loop, static_cast<double>(time.count()) / 1e3);
}

void PluginHooks::on_fault(std::uint32_t number, socketio::Fault fault, std::string_view what) {
  // Who completes twice may be an adapter that another plugin has called, by way of the core.
  if (number >= plugins_.size() && fault == socketio::Fault::completed_twice) {
    number = first_on_stack([this](const void* address) { return plugin_at(address); });
  }
  if (number >= plugins_.size()) number = plugin_on_this_thread();
  Plugin& plugin = number < plugins_.size() ? *plugins_[number] : *nobody_;
  const auto kind = static_cast<std::size_t>(fault);
  plugin.faults[kind].fetch_add(1, std::memory_order_relaxed);
  std::uint64_t held_back = 0;
  if (!plugin.log || !plugin.fault_limits[kind].admit(clock_(), held_back)) return;
  plugin.log->error("against the rules of the border ({}): {} ({} more since the last line)", to_string(fault), what,
                    held_back);
}

void PluginHooks::log_error(Plugin& plugin, std::size_t hook, std::string_view name, std::string_view error) {
  std::uint64_t held_back = 0;
  if (!plugin.log || !plugin.error_limits[hook].admit(clock_(), held_back)) return;
  plugin.log->error("an exception escaped from {}{}: {} ({} more since the last line)", hook == task_hook ? "a " : "the hook ",
                    name, error, held_back);
}

std::vector<prometheus::MetricFamily> PluginHooks::Collect() const {
  prometheus::MetricFamily seconds{
      "signaling_plugin_hook_seconds", "Time that calls into plugins took", prometheus::MetricType::Histogram, {}};
  prometheus::MetricFamily errors{
      "signaling_plugin_errors_total", "Exceptions that escaped from plugins", prometheus::MetricType::Counter, {}};
  std::vector<const Plugin*> all;
  for (const auto& plugin : plugins_) all.push_back(plugin.get());
  all.push_back(nobody_.get());
  for (const Plugin* plugin : all) {
    for (std::size_t hook = 0; hook <= task_hook; ++hook) {
      prometheus::ClientMetric time;
      prometheus::ClientMetric error;
      time.label = error.label = {{"plugin", plugin->name}, {"hook", std::string(hook_name(hook))}};
      std::uint64_t thrown = hook == task_hook ? plugin->task_errors.load(std::memory_order_relaxed) : 0;
      if (hook != task_hook) {
        std::uint64_t count = 0;
        for (std::size_t bucket = 0; bucket <= bounds_ns.size(); ++bucket) {
          for (const LoopTimes& loop : plugin->loops) count += loop.hooks[hook].buckets[bucket].value();
          time.histogram.bucket.push_back({count, bucket < bounds_ns.size() ? static_cast<double>(bounds_ns[bucket]) / 1e9
                                                                            : std::numeric_limits<double>::infinity()});
        }
        std::uint64_t sum_ns = 0;
        for (const LoopTimes& loop : plugin->loops) {
          sum_ns += loop.hooks[hook].sum_ns.value();
          thrown += loop.hooks[hook].errors.value();
        }
        time.histogram.sample_count = count;
        time.histogram.sample_sum = static_cast<double>(sum_ns) / 1e9;
        // A hook that was never called is left out: most plugins use few.
        if (count != 0) seconds.metric.push_back(std::move(time));
      }
      error.counter.value = static_cast<double>(thrown);
      if (thrown != 0 || plugin != nobody_.get()) errors.metric.push_back(std::move(error));
    }
  }
  prometheus::MetricFamily faults{"signaling_plugin_faults_total",
                                  "What plugins did against the rules of their border",
                                  prometheus::MetricType::Counter,
                                  {}};
  const auto add_faults = [&faults](const Plugin& plugin) {
    for (std::size_t kind = 0; kind < socketio::fault_count; ++kind) {
      const std::uint64_t count = plugin.faults[kind].load(std::memory_order_relaxed);
      if (count == 0 && plugin.name.empty()) continue;
      prometheus::ClientMetric& fault = faults.metric.emplace_back();
      fault.label = {{"plugin", plugin.name}, {"kind", std::string(to_string(static_cast<socketio::Fault>(kind)))}};
      fault.counter.value = static_cast<double>(count);
    }
  };
  for (const Plugin* plugin : all) add_faults(*plugin);
  return {std::move(seconds), std::move(errors), std::move(faults)};
}

}  // namespace signaling::server
