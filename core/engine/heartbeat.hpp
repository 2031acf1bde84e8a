#pragma once
// The server's side of the v4 heartbeat, as a machine that is told the time: `2` every interval after the last pong, and a
// bounded wait for the pong (engine.io-protocol v4, "Heartbeat"). Knows no timer: its owner asks for the deadline.

#include <signaling/base/clock.hpp>

namespace signaling::engine {

class Heartbeat {
 public:
  enum class Action : std::uint8_t { wait, ping, time_out };

  void start(base::TimePoint now, base::Duration interval) noexcept { deadline_ = now + interval; }

  /// A packet other than a pong. The first one after a ping gives the client one more timeout: its pong may be queued
  /// behind it (engine.io 6.6.10). Costs one comparison while no pong is awaited.
  void on_packet(base::TimePoint now, base::Duration timeout) noexcept {
    if (!awaits_pong_ || is_extended_) return;
    is_extended_ = true;
    deadline_ = now + timeout;
  }

  /// True where the deadline came nearer, so that a timer armed for the old one would be late.
  bool on_pong(base::TimePoint now, base::Duration interval) noexcept {
    awaits_pong_ = false;
    const base::TimePoint before = deadline_;
    deadline_ = now + interval;
    return deadline_ < before;
  }

  /// The timer fired, maybe early: packets move the deadline without touching the timer.
  Action on_time(base::TimePoint now, base::Duration timeout) noexcept {
    if (now < deadline_) return Action::wait;
    if (awaits_pong_) return Action::time_out;
    awaits_pong_ = true;
    is_extended_ = false;
    // Counted from when the ping was due: clients do, and find the session gone at that time. Unless this loop stood still,
    // which is no fault of theirs.
    const bool was_due_just_now = now - deadline_ < timeout / 8;
    deadline_ = (was_due_just_now ? deadline_ : now) + timeout;
    return Action::ping;
  }

  base::TimePoint deadline() const noexcept { return deadline_; }
  bool awaits_pong() const noexcept { return awaits_pong_; }

 private:
  base::TimePoint deadline_{};
  bool awaits_pong_ = false;
  bool is_extended_ = false;
};

}  // namespace signaling::engine
