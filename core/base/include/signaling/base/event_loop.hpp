#pragma once
// One event loop as the layers above `net` see it. `net::Loop` implements it; tests run one by hand with a clock of their own.

#include <cstdint>

#include <signaling/base/clock.hpp>
#include <signaling/base/task.hpp>
#include <signaling/base/timer_queue.hpp>

namespace signaling::base {

class EventLoop {
 public:
  /// Number of this loop, 0 … 255; also byte 3 of the ids made on it. [any thread]
  virtual std::uint32_t index() const = 0;
  /// True on the thread that runs this loop. [any thread]
  virtual bool is_current() const = 0;
  /// Runs `task` on this loop in a later turn; tasks of one sender keep their order. Batched per turn where the caller is a
  /// loop itself. Tasks still queued when the loop ends are destroyed unrun. [any thread]
  virtual void post(Task task) = 0;
  /// Runs `task` later in this turn, after the handler that is running now and before the turn's output is written. [loop]
  virtual void defer(Task task) = 0;
  /// Time of the current turn. [loop]
  virtual TimePoint now() const = 0;
  /// Timers of this loop. [loop]
  virtual TimerQueue& timers() = 0;

 protected:
  ~EventLoop() = default;
};

}  // namespace signaling::base
