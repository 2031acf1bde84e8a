#pragma once
// The event loop of one worker thread: one edge-triggered epoll, a mailbox, timers, and output written once per turn.
//
// A turn: wait → mailbox → I/O handlers → due timers (deferred tasks after each) → posts to other loops, one lock and at most
// one wake each → turn listeners (connections write what the turn produced: the cork). Events beyond `events_part` of it wait
// for the next turn, which then does not ask the kernel for more before they are served.

#include <cstdint>
#include <memory>

#include <signaling/base/event_loop.hpp>
#include <signaling/net/counters.hpp>

namespace signaling::net {

/// Gets the readiness of one descriptor (bits of `EPOLLIN` …). On the loop. Must outlive the turn in which it was unwatched.
class IoHandler {
 public:
  virtual void on_io(std::uint32_t events) = 0;

 protected:
  ~IoHandler() = default;
};

/// Called at the end of each turn, after the last handler; for output and for freeing what the turn closed.
class TurnListener {
 public:
  /// @return true where there is more to do at once: the next turn then does not wait.
  virtual bool on_turn_end() = 0;

 protected:
  ~TurnListener() = default;
};

/// Threads: construct and destroy anywhere while not running; `post`, `stop`, `index`, `is_current`, `statistics` from any
/// thread; the rest on the thread inside `run`, or before it. An exception that leaves a task or handler is logged by nobody
/// and swallowed: handlers that may throw catch for themselves; the count is `exceptions()`.
class Loop final : public base::EventLoop {
 public:
  /// From its begin, a turn serves events for so long; at least a few in any case.
  static constexpr base::Duration events_part = std::chrono::microseconds(400);

  /// @throws std::system_error when the kernel gives no epoll or eventfd.
  explicit Loop(std::uint32_t index);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs turns on the calling thread until `stop`.
  void run();
  /// One turn that waits at most that long (less when something is due); for tests and embedding.
  void run_once(base::Duration longest_wait);
  /// Ends `run` after the current turn. May come before `run`. [any thread]
  void stop();
  /// Destroys what is posted and deferred, unrun; what they own ends with them. Not while running.
  void discard_tasks();

  std::uint32_t index() const override;
  bool is_current() const override;
  void post(base::Task task) override;
  void defer(base::Task task) override;
  base::TimePoint now() const override;
  base::TimerQueue& timers() override;

  /// Registers a non-blocking descriptor, edge-triggered for `events` (`EPOLLET` is added). @throws std::system_error.
  void watch(int fd, IoHandler& handler, std::uint32_t events);
  /// Before the descriptor is closed or moved to another loop.
  void unwatch(int fd, IoHandler& handler) noexcept;
  void add_turn_listener(TurnListener& listener);
  void remove_turn_listener(TurnListener& listener) noexcept;

  /// What the running handler does takes long: the time is looked at before the next event is served. [loop]
  void expect_long_step() noexcept;
  /// Whether steps that were said to be long have used up this turn's time: what need not be done in it waits. [loop]
  bool is_late() const noexcept;
  /// Whether this turn had something to do as soon as the one before had ended: the loop is busy. [loop]
  bool found_work_at_once() const noexcept;

  const LoopStatistics& statistics() const noexcept;
  std::uint64_t exceptions() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signaling::net
