#pragma once
// A node's leaving, as far as its clients see it: does over time what `Drain` decides.

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include <signaling/base/clock.hpp>
#include <signaling/net/server.hpp>
#include <signaling/server/drain.hpp>
#include <signaling/server/drain_loops.hpp>
#include <signaling/server/logging.hpp>
#include <signaling/server/metrics_page.hpp>
#include <signaling/server/runtime.hpp>
#include <signaling/server/service_manager.hpp>

namespace signaling::server {

/// On the main thread, but for `collect`. Outlived by what it refers to, and by the loops' last turn.
class ClientDrain {
 public:
  struct Environment {
    net::Server& net;
    ServiceManager& service_manager;
    spdlog::logger& log;
    std::function<void(base::TimePoint)> tick;  ///< about once a second
    std::function<void()> refuse_reload;        ///< somebody asked for one meanwhile
  };

  ClientDrain(std::vector<DrainLoops::Loop> loops, Environment environment)
      : loops_(std::move(loops)), environment_(std::move(environment)) {}

  /// Until no client is left, or their time is over. Once.
  /// @param after  how long the rest of the end may take, for the service manager
  /// @return what is left of the flush for the plugins
  base::Milliseconds run(const DrainOptions& options, base::Milliseconds after, const CommandWait& wait);

  /// [any thread]
  void collect(MetricsPage& page) const;

 private:
  void perform(const DrainStep& step);
  void tell_phase(DrainPhase phase, const DrainSight& sight);

  const std::vector<DrainLoops::Loop> loops_;
  const Environment environment_;
  std::optional<DrainLoops> work_;
  std::atomic<DrainPhase> phase_{DrainPhase::serving};
  std::atomic<std::size_t> clients_{0};
  bool is_listener_closed_ = false;
  bool has_closed_idle_ = false;
};

}  // namespace signaling::server
