#include <algorithm>
#include <chrono>
#include <limits>

#include <signaling/server/plugin_hooks.hpp>

namespace signaling::server {

namespace {

using socketio::HookKind;

constexpr std::size_t task_hook = socketio::hook_kind_count;  // behind the hooks: tasks and timers
constexpr std::array<std::uint64_t, 11> bounds_ns{1'000,     3'000,      10'000,      30'000,      100'000,      300'000,
                                                  1'000'000, 10'000'000, 100'000'000, 500'000'000, 1'000'000'000};

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
  std::array<LogLimit, socketio::hook_kind_count> slow_limits;

  Plugin(std::string plugin_name, std::shared_ptr<spdlog::logger> logger, std::uint32_t loop_count)
      : name(std::move(plugin_name)), log(std::move(logger)), loops(loop_count) {}
};

PluginHooks::PluginHooks(std::uint32_t loop_count, Nanoseconds clock)
    : loop_count_(std::max(loop_count, 1U)), clock_(clock ? std::move(clock) : Nanoseconds([] {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count();
      })) {}
PluginHooks::~PluginHooks() = default;

std::uint32_t PluginHooks::add_plugin(std::string name, std::shared_ptr<spdlog::logger> log) {
  plugins_.push_back(std::make_unique<Plugin>(std::move(name), std::move(log), loop_count_));
  return static_cast<std::uint32_t>(plugins_.size() - 1);
}

void PluginHooks::on_hook(std::uint32_t number, std::uint32_t loop, HookKind kind, std::uint64_t nanoseconds,
                          const char* error) {
  if (number >= plugins_.size() || loop >= loop_count_) return;
  Plugin& plugin = *plugins_[number];
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
  if (nanoseconds > slow_hook_ns && plugin.slow_limits[hook].admit(clock_(), held_back)) {
    plugin.log->warn("{} hook held its loop for {} ms: all connections of the loop waited ({} more since the last line)",
                     hook_name(hook), nanoseconds / 1'000'000, held_back);
  }
}

void PluginHooks::on_task_error(std::uint32_t number, std::string_view error) {
  if (number >= plugins_.size()) return;
  plugins_[number]->task_errors.fetch_add(1, std::memory_order_relaxed);
  log_error(*plugins_[number], task_hook, hook_name(task_hook), error);
}

void PluginHooks::log_error(Plugin& plugin, std::size_t hook, std::string_view name, std::string_view error) {
  std::uint64_t held_back = 0;
  if (!plugin.error_limits[hook].admit(clock_(), held_back)) return;
  plugin.log->error("an exception escaped from {}{}: {} ({} more since the last line)", hook == task_hook ? "a " : "the hook ",
                    name, error, held_back);
}

std::vector<prometheus::MetricFamily> PluginHooks::Collect() const {
  prometheus::MetricFamily seconds{
      "signaling_plugin_hook_seconds", "Time that calls into plugins took", prometheus::MetricType::Histogram, {}};
  prometheus::MetricFamily errors{
      "signaling_plugin_errors_total", "Exceptions that escaped from plugins", prometheus::MetricType::Counter, {}};
  for (const auto& plugin : plugins_) {
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
      errors.metric.push_back(std::move(error));
    }
  }
  return {std::move(seconds), std::move(errors)};
}

}  // namespace signaling::server
