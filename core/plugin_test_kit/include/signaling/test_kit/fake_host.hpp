#pragma once
// The server as one plugin sees it, run by hand: posted tasks wait until the test runs them, timers until it moves the clock.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <signaling/plugin_api/host.hpp>
#include <signaling/test_kit/fake_http_requests.hpp>
#include <signaling/test_kit/fake_http_routes.hpp>
#include <signaling/test_kit/fake_outgoing_events.hpp>

namespace signaling::testing {

class FakeMetric final : public plugin_api::Metric {
 public:
  void add(double amount) override;
  void set(double value) override;
  void observe(double value) override;
  double value() const;

 private:
  mutable std::mutex mutex_;
  double value_ = 0;
};

/// Logging, posting, metrics and clocks from any thread; the functions for the test and the timers from one.
/// Tasks still waiting at the end are released unrun, as a server does that stops.
class FakeHost final : public plugin_api::Host {
 public:
  /// With a real clock for plugins that talk to something real, else with one that stands until `advance`.
  enum class ClockKind { by_hand, real };
  explicit FakeHost(std::string node_name = "node", std::uint32_t loops = 1, ClockKind clock = ClockKind::by_hand);
  ~FakeHost();
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  // What the test arranges and looks at.
  void set_namespaces(plugin_api::Namespaces& namespaces) { namespaces_ = &namespaces; }
  void set_presence(plugin_api::Presence& presence) { presence_ = &presence; }
  /// What `query` gives under that name, instead of what is there by itself; nullptr: as a server that is older.
  void set_interface(std::string name, void* pointer) { interfaces_[std::move(name)] = pointer; }
  // What plugins get by `query`. A server gives the first two to middleware alone; here nobody is asked for a kind.
  FakeHttpRequests& http_requests() { return http_requests_; }
  FakeOutgoingEvents& outgoing_events() { return outgoing_events_; }
  FakeHttpRoutes& http_routes() { return http_routes_; }
  /// The loop that the test's thread plays.
  void set_current_loop(std::uint32_t loop) { current_loop_ = loop; }
  /// Runs what was posted, and what that posts.
  void run_posted();
  /// Moves both clocks and runs the timers that fall due, in order.
  void advance(std::int64_t milliseconds);
  std::size_t timer_count() const { return timers_.size(); }
  void set_wall_clock_ms(std::int64_t now) { wall_ms_ = now; }
  std::vector<std::string> log_lines() const;
  /// 0 where nobody asked for it. `labels` as `name=value`, separated by commas.
  double metric_value(const std::string& name, const std::string& labels = {}) const;

  std::string_view node_name() const override { return node_name_; }
  std::string_view server_version() const override { return "0.0.0"; }
  std::uint32_t loop_count() const override { return loops_; }
  std::uint32_t current_loop() const override { return current_loop_; }
  bool should_log(plugin_api::LogLevel) const override { return true; }
  void log(plugin_api::LogLevel level, std::string_view text) override;
  void post(std::uint32_t loop, plugin_api::Task& task) override;
  std::uint64_t start_timer(std::uint64_t delay_ms, plugin_api::Task& task) override;
  bool cancel_timer(std::uint64_t timer) override;
  std::int64_t wall_clock_ms() const override;
  std::int64_t monotonic_ms() const override;
  plugin_api::Metric& metric(plugin_api::MetricKind kind, std::string_view name, std::string_view help,
                             std::span<const plugin_api::Label> labels) override;
  plugin_api::Namespaces& namespaces() override;
  plugin_api::Presence& presence() override;
  void* query(std::string_view interface_name) override;

 private:
  struct Posted {
    std::uint32_t loop;
    plugin_api::Task* task;
  };
  void run(std::uint32_t loop, plugin_api::Task& task);
  struct Timer {
    std::int64_t due_ms;
    std::uint32_t loop;
    plugin_api::Task* task;
  };

  const std::string node_name_;
  const std::uint32_t loops_;
  const ClockKind clock_;
  plugin_api::Namespaces* namespaces_ = nullptr;
  plugin_api::Presence* presence_ = nullptr;
  std::map<std::string, void*, std::less<>> interfaces_;
  std::uint32_t current_loop_ = 0;
  std::int64_t wall_ms_ = 1'700'000'000'000;
  std::int64_t monotonic_ms_ = 1'000;
  std::map<std::uint64_t, Timer> timers_;
  std::uint64_t next_timer_ = 1;

  mutable std::mutex mutex_;  ///< guards what follows
  std::deque<Posted> posted_;
  std::vector<std::string> log_lines_;
  std::map<std::string, std::unique_ptr<FakeMetric>> metrics_;

  // Last, so that they go first: their timers are this host's.
  FakeHttpRequests http_requests_{*this};
  FakeOutgoingEvents outgoing_events_;
  FakeHttpRoutes http_routes_{*this};
};

}  // namespace signaling::testing
