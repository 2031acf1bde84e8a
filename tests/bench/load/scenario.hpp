#pragma once
// What the clients do, and what is counted of it.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

#include "crowd.hpp"
#include "histogram.hpp"
#include "settings.hpp"

namespace signaling::bench_load {

struct Counts {
  std::uint64_t operations = 0;  ///< see each scenario
  std::uint64_t deliveries = 0;  ///< events that clients received because of the operations
  std::uint64_t errors = 0;      ///< out of order, twice, to the wrong client, shortened
};

constexpr std::int64_t never_ns = std::numeric_limits<std::int64_t>::max();

/// Order: `on_turn` after every turn until `is_prepared`; `start`; `on_turn` …; `stop`; `on_turn` … until `is_settled`.
class Scenario : public Listener {
 public:
  /// The crowd and the settings outlive the scenario.
  Scenario(Crowd& crowd, const Settings& settings) : crowd_(crowd), settings_(settings) {}

  void on_event(Client&, std::string_view, std::int64_t) override {}
  void on_ack(Client&, std::uint32_t, std::string_view, std::int64_t) override {}
  void on_closed(Client& client) override;

  virtual bool is_prepared() const = 0;
  virtual void on_turn(std::int64_t) {}
  /// When `on_turn` wants to be called at the latest.
  virtual std::int64_t next_due_ns() const { return never_ns; }
  virtual void start(std::int64_t now_ns) = 0;
  virtual void stop() = 0;
  virtual bool is_settled() const = 0;
  /// Deliveries that were still to come; after `is_settled` or the end of waiting for it.
  virtual std::uint64_t lost() const = 0;

  Counts counts() const { return counts_; }
  /// Begins the measured window.
  void clear_latency() { latency_ = {}; }
  const Histogram& latency() const { return latency_; }

 protected:
  Crowd& crowd_;
  const Settings& settings_;
  Counts counts_;
  Histogram latency_;
};

std::unique_ptr<Scenario> make_scenario(Crowd& crowd, const Settings& settings);

}  // namespace signaling::bench_load
