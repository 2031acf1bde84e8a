#include <algorithm>
#include <chrono>
#include <exception>
#include <unordered_map>
#include <utility>

#include <signaling/server/absent_services.hpp>
#include <signaling/server/plugin_host.hpp>

namespace signaling::server {

namespace {

spdlog::level::level_enum to_spdlog(plugin_api::LogLevel level) {
  switch (level) {
    case plugin_api::LogLevel::trace: return spdlog::level::trace;
    case plugin_api::LogLevel::debug: return spdlog::level::debug;
    case plugin_api::LogLevel::info: return spdlog::level::info;
    case plugin_api::LogLevel::warn: return spdlog::level::warn;
    case plugin_api::LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

template <class Clock>
std::int64_t clock_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
}

}  // namespace

/// A plugin's task on its way: run at most once, released in any case.
class PluginHost::OwnedTask {
 public:
  OwnedTask(PluginHost& host, plugin_api::Task& task) noexcept : host_(&host), task_(&task) {}
  OwnedTask(OwnedTask&& other) noexcept : host_(other.host_), task_(std::exchange(other.task_, nullptr)) {}
  OwnedTask& operator=(OwnedTask&&) = delete;
  ~OwnedTask() {
    if (task_ != nullptr) task_->release();
  }
  void operator()() noexcept {
    if (task_ != nullptr) host_->run(*task_);
  }

 private:
  PluginHost* host_;
  plugin_api::Task* task_;
};

class PluginHost::HostTimer final : public base::Timer {
 public:
  HostTimer(LoopTimers& owner, std::uint64_t number, OwnedTask task) noexcept
      : owner_(owner), number_(number), task_(std::move(task)) {}

 private:
  void on_timer(base::TimePoint now) override;

  LoopTimers& owner_;
  std::uint64_t number_;
  OwnedTask task_;
};

struct PluginHost::LoopTimers {
  std::uint64_t last_number = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<HostTimer>> active;
};

void PluginHost::HostTimer::on_timer(base::TimePoint) {
  OwnedTask task = std::move(task_);
  owner_.active.erase(number_);  // ends this object; before the task runs, which may start and cancel others
  task();
}

PluginHost::PluginHost(const PluginServices& services, std::string plugin, std::uint32_t number,
                       std::shared_ptr<spdlog::logger> log)
    : services_(services),
      plugin_(std::move(plugin)),
      number_(number),
      log_(std::move(log)),
      namespaces_(&absent_namespaces()),
      presence_(&absent_presence()),
      timers_(services.loops.size()) {}

PluginHost::~PluginHost() {
  if (services_.calls) services_.calls->remove(plugin_);
}

void PluginHost::discard_timers() {
  for (LoopTimers& timers : timers_) timers.active.clear();
}

void PluginHost::set_sockets(plugin_api::Namespaces& namespaces, plugin_api::Presence& presence,
                             plugin_api::Peers* peers) noexcept {
  namespaces_.store(&namespaces, std::memory_order_release);
  presence_.store(&presence, std::memory_order_release);
  peers_.store(peers, std::memory_order_release);
}

std::uint32_t PluginHost::current_loop() const {
  // A thread that is a loop stays that loop, so that the first guess is right from the second call on.
  thread_local std::size_t guess = 0;
  if (guess < services_.loops.size() && services_.loops[guess]->is_current()) return services_.loops[guess]->index();
  for (std::size_t i = 0; i < services_.loops.size(); ++i) {
    if (!services_.loops[i]->is_current()) continue;
    guess = i;
    return services_.loops[i]->index();
  }
  return services_.loop_count;
}

bool PluginHost::should_log(plugin_api::LogLevel level) const { return log_->should_log(to_spdlog(level)); }

void PluginHost::log(plugin_api::LogLevel level, std::string_view text) {
  log_->log(to_spdlog(level), spdlog::string_view_t(text.data(), text.size()));
}

void PluginHost::post(std::uint32_t loop, plugin_api::Task& task) {
  OwnedTask owned(*this, task);
  if (loop < services_.loops.size()) return services_.loops[loop]->post(std::move(owned));
  if (loop >= services_.loop_count) {
    services_.hooks->on_fault(number_, socketio::Fault::unknown_id,
                              "Host::post to event loop " + std::to_string(loop) + ", which is not there; the task is dropped");
  }
}

std::uint64_t PluginHost::start_timer(std::uint64_t delay_ms, plugin_api::Task& task) {
  OwnedTask owned(*this, task);
  const std::uint32_t current = current_loop();
  if (current >= services_.loops.size()) {
    services_.hooks->on_fault(number_, socketio::Fault::wrong_thread,
                              "Host::start_timer called on a thread that is no event loop; the task is dropped");
    return 0;
  }
  // Beyond that a deadline would overflow the clock; it is a century.
  constexpr std::uint64_t max_delay_ms = 100ULL * 365 * 24 * 3600 * 1000;
  const base::Milliseconds delay(std::clamp<std::uint64_t>(delay_ms, 1, max_delay_ms));
  LoopTimers& timers = timers_[current];
  const std::uint64_t number = ++timers.last_number;
  auto timer = std::make_unique<HostTimer>(timers, number, std::move(owned));
  base::EventLoop& loop = *services_.loops[current];
  loop.timers().arm(*timer, loop.now() + delay);
  timers.active.emplace(number, std::move(timer));
  return number;
}

bool PluginHost::cancel_timer(std::uint64_t timer) {
  const std::uint32_t current = current_loop();
  if (current >= timers_.size()) {
    services_.hooks->on_fault(number_, socketio::Fault::wrong_thread,
                              "Host::cancel_timer called on a thread that is no event loop");
  }
  return current < timers_.size() && timers_[current].active.erase(timer) != 0;
}

std::int64_t PluginHost::wall_clock_ms() const { return clock_ms<std::chrono::system_clock>(); }

std::int64_t PluginHost::monotonic_ms() const { return clock_ms<std::chrono::steady_clock>(); }

plugin_api::Metric& PluginHost::metric(plugin_api::MetricKind kind, std::string_view name, std::string_view help,
                                       std::span<const plugin_api::Label> labels) {
  std::string problem;
  plugin_api::Metric& metric = services_.metrics->metric(plugin_, kind, name, help, labels, problem);
  if (!problem.empty()) log_->warn("{}", problem);
  return metric;
}

void* PluginHost::query(std::string_view interface_name) {
  if (interface_name == plugin_api::peers_interface) return peers_.load(std::memory_order_acquire);
  if (interface_name == plugin_api::admin_calls_interface && services_.calls) return static_cast<plugin_api::AdminCalls*>(this);
  const auto found =
      std::find_if(offered_.begin(), offered_.end(), [&](const auto& each) { return each.first == interface_name; });
  return found == offered_.end() ? nullptr : found->second;
}

void PluginHost::serve(plugin_api::AdminHandler& handler) {
  if (services_.loops.empty()) return;
  services_.calls->add(plugin_, number_, [this, &handler](std::unique_ptr<PluginCalls::Call> call) {
    services_.loops.front()->post([this, &handler, call = std::move(call)]() mutable { answer(handler, std::move(call)); });
  });
}

void PluginHost::answer(plugin_api::AdminHandler& handler, std::unique_ptr<PluginCalls::Call> call) noexcept {
  if (is_closed_.load(std::memory_order_acquire)) return;
  const auto is_answered = call->is_answered();
  PluginCalls::Call* const reply = call.release();  // from here on the plugin's
  const auto fail = [&](const char* what) {
    services_.hooks->on_task_error(number_, what);
    if (!is_answered->load()) reply->answer(500, "{\"error\":\"the plugin failed\"}\n");
  };
  const socketio::RunningScope scope(number_, socketio::RunningCall::task, std::chrono::steady_clock::now());
  try {
    handler.on_admin_call(reply->request(), *reply);
  } catch (const std::exception& error) {
    fail(error.what());
  } catch (...) {
    fail("something that is no std::exception");
  }
}

void PluginHost::run(plugin_api::Task& task) noexcept {
  if (is_closed_.load(std::memory_order_acquire)) return;
  const auto start = std::chrono::steady_clock::now();
  const socketio::RunningScope scope(number_, socketio::RunningCall::task, start);
  try {
    task.run();
  } catch (const std::exception& error) {
    services_.hooks->on_task_error(number_, error.what());
  } catch (...) {
    services_.hooks->on_task_error(number_, "something that is no std::exception");
  }
  services_.hooks->on_task(number_, std::chrono::steady_clock::now() - start);
}

}  // namespace signaling::server
