#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include <signaling/server/client_drain.hpp>

namespace signaling::server {

namespace {

using Steady = std::chrono::steady_clock;

/// Of the flush, for plugins: theirs whatever the clients took.
constexpr base::Milliseconds least_for_plugins{1'000};

std::string text_of(base::Milliseconds time) { return format_duration(time.count()); }

}  // namespace

base::Milliseconds ClientDrain::run(const DrainOptions& options, base::Milliseconds after, const CommandWait& wait) {
  environment_.service_manager.stopping(
      "draining", options.readiness_wait + options.duration + Drain::last_words + options.flush_timeout + after);
  environment_.log.info("draining: {} connections; clients are moved away after {}, over {}",
                        environment_.net.connection_count(), text_of(options.readiness_wait), text_of(options.duration));
  std::random_device random;
  work_.emplace(loops_, random());
  Drain drain(options, Steady::now(), random());
  base::TimePoint flush_began = Steady::now();
  base::TimePoint next_tick = Steady::now();
  DrainPhase told = DrainPhase::announced;
  phase_ = told;
  bool was_hurried = false;
  while (true) {
    DrainSight sight = work_->sight();
    sight.connections = environment_.net.connection_count();
    clients_ = sight.clients;
    const DrainStep step = drain.step(Steady::now(), sight);
    perform(step);
    if (step.phase != told) {
      if (step.phase >= DrainPhase::flushing && told < DrainPhase::flushing) flush_began = Steady::now();
      told = step.phase;
      tell_phase(step.phase, sight);
    }
    if (step.phase == DrainPhase::stopping) {
      if (sight.connections != 0)
        environment_.log.warn("{} connections did not close in time and are cut{}", sight.connections,
                              was_hurried ? " (second signal)" : "");
      break;
    }
    switch (wait(step.wait)) {
      case Command::none: break;
      case Command::stop:
        was_hurried = true;
        drain.hurry();
        environment_.log.info("hurrying, at the second signal");
        break;
      case Command::reload: environment_.refuse_reload(); break;
    }
    if (Steady::now() >= next_tick) {
      environment_.tick(Steady::now());
      next_tick = Steady::now() + std::chrono::seconds(1);
    }
  }
  if (was_hurried) return base::Milliseconds(0);
  const auto left = std::chrono::duration_cast<base::Milliseconds>(flush_began + options.flush_timeout - Steady::now());
  return std::max(left, std::min(least_for_plugins, options.flush_timeout));
}

void ClientDrain::perform(const DrainStep& step) {
  if (step.refuses_handshakes) environment_.net.end_keep_alive();
  if (step.closes_listener && !std::exchange(is_listener_closed_, true)) {
    environment_.log.info("listener closed");
    environment_.net.stop_accepting();
  }
  work_->perform(step);
  if (step.phase >= DrainPhase::flushing && !std::exchange(has_closed_idle_, true)) environment_.net.close_idle();
}

void ClientDrain::tell_phase(DrainPhase phase, const DrainSight& sight) {
  phase_ = phase;
  const std::string left = std::to_string(sight.clients) + " clients, " + std::to_string(sight.connections) + " connections";
  environment_.log.info("draining: {}, {}", to_string(phase), left);
  environment_.service_manager.status("draining: " + std::string(to_string(phase)) + ", " + left);
}

void ClientDrain::collect(MetricsPage& page) const {
  page.gauge("signaling_drain_phase", "0 serving, 1 announced, 2 moving clients away, 3 flushing, 4 stopping.",
             static_cast<double>(phase_.load(std::memory_order_relaxed)));
  page.gauge("signaling_drain_clients_left", "Clients that a draining node still has; 0 where it does not drain.",
             static_cast<double>(clients_.load(std::memory_order_relaxed)));
}

}  // namespace signaling::server
