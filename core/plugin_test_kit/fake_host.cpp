#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <signaling/test_kit/fake_host.hpp>

namespace signaling::testing {

void FakeMetric::add(double amount) {
  const std::lock_guard lock(mutex_);
  value_ += amount;
}
void FakeMetric::set(double value) {
  const std::lock_guard lock(mutex_);
  value_ = value;
}
void FakeMetric::observe(double value) { add(value); }
double FakeMetric::value() const {
  const std::lock_guard lock(mutex_);
  return value_;
}

FakeHost::FakeHost(std::string node_name, std::uint32_t loops, ClockKind clock)
    : node_name_(std::move(node_name)), loops_(loops), clock_(clock) {}

FakeHost::~FakeHost() {
  // What a task holds may end a verdict as it goes, which posts another one.
  while (!posted_.empty() || !timers_.empty()) {
    for (const Posted& posted : std::exchange(posted_, {})) posted.task->release();
    for (const auto& [number, timer] : std::exchange(timers_, {})) timer.task->release();
  }
}

void FakeHost::run_posted() {
  while (true) {
    Posted next{};
    {
      const std::lock_guard lock(mutex_);
      if (posted_.empty()) return;
      next = posted_.front();
      posted_.pop_front();
    }
    run(next.loop, *next.task);
  }
}

void FakeHost::run(std::uint32_t loop, plugin_api::Task& task) {
  // However it ends, the task is let go.
  struct Ending {
    FakeHost& host;
    plugin_api::Task& task;
    const std::uint32_t outer;
    ~Ending() {
      task.release();
      host.current_loop_ = outer;
    }
  } ending{*this, task, std::exchange(current_loop_, loop)};
  task.run();
}

void FakeHost::advance(std::int64_t milliseconds) {
  const std::int64_t end = monotonic_ms_ + milliseconds;
  while (true) {
    const auto due = std::min_element(timers_.begin(), timers_.end(),
                                      [](const auto& a, const auto& b) { return a.second.due_ms < b.second.due_ms; });
    if (due == timers_.end() || due->second.due_ms > end) break;
    const Timer timer = due->second;
    timers_.erase(due);
    wall_ms_ += std::max<std::int64_t>(0, timer.due_ms - monotonic_ms_);
    monotonic_ms_ = std::max(monotonic_ms_, timer.due_ms);
    run(timer.loop, *timer.task);
  }
  wall_ms_ += end - monotonic_ms_;
  monotonic_ms_ = end;
}

std::vector<std::string> FakeHost::log_lines() const {
  const std::lock_guard lock(mutex_);
  return log_lines_;
}

double FakeHost::metric_value(const std::string& name, const std::string& labels) const {
  const std::lock_guard lock(mutex_);
  const auto found = metrics_.find(labels.empty() ? name : name + '{' + labels + '}');
  return found == metrics_.end() ? 0 : found->second->value();
}

void FakeHost::log(plugin_api::LogLevel, std::string_view text) {
  const std::lock_guard lock(mutex_);
  log_lines_.emplace_back(text);
}

void FakeHost::post(std::uint32_t loop, plugin_api::Task& task) {
  const std::lock_guard lock(mutex_);
  posted_.push_back({loop, &task});
}

std::uint64_t FakeHost::start_timer(std::uint64_t delay_ms, plugin_api::Task& task) {
  timers_.emplace(next_timer_, Timer{monotonic_ms_ + static_cast<std::int64_t>(delay_ms), current_loop_, &task});
  return next_timer_++;
}

bool FakeHost::cancel_timer(std::uint64_t timer) {
  const auto found = timers_.find(timer);
  if (found == timers_.end()) return false;
  plugin_api::Task* task = found->second.task;
  timers_.erase(found);
  task->release();
  return true;
}

std::int64_t FakeHost::wall_clock_ms() const {
  if (clock_ == ClockKind::by_hand) return wall_ms_;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::int64_t FakeHost::monotonic_ms() const {
  if (clock_ == ClockKind::by_hand) return monotonic_ms_;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

plugin_api::Metric& FakeHost::metric(plugin_api::MetricKind, std::string_view name, std::string_view,
                                     std::span<const plugin_api::Label> labels) {
  std::string key(name);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    key += i == 0 ? '{' : ',';
    key += std::string(labels[i].name) + '=' + std::string(labels[i].value);
  }
  if (!labels.empty()) key += '}';
  const std::lock_guard lock(mutex_);
  auto& metric = metrics_[key];
  if (!metric) metric = std::make_unique<FakeMetric>();
  return *metric;
}

plugin_api::Namespaces& FakeHost::namespaces() {
  if (namespaces_ == nullptr) throw std::logic_error("this test gave its host no namespaces");
  return *namespaces_;
}

void* FakeHost::query(std::string_view interface_name) {
  if (const auto found = interfaces_.find(interface_name); found != interfaces_.end()) return found->second;
  if (interface_name == plugin_api::HttpRequests::interface_name)
    return static_cast<plugin_api::HttpRequests*>(&http_requests_);
  if (interface_name == plugin_api::OutgoingEvents::interface_name) {
    return static_cast<plugin_api::OutgoingEvents*>(&outgoing_events_);
  }
  if (interface_name == plugin_api::HttpRoutes::interface_name) return static_cast<plugin_api::HttpRoutes*>(&http_routes_);
  return nullptr;
}

plugin_api::Presence& FakeHost::presence() {
  if (presence_ == nullptr) throw std::logic_error("this test gave its host no presence");
  return *presence_;
}

}  // namespace signaling::testing
