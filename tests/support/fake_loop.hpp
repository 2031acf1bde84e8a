#pragma once
// An event loop that the test runs by hand, with a clock that the test moves.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/base/event_loop.hpp>

namespace signaling::test {

/// Starts at a fixed time. Nothing runs by itself: `run` runs what was posted and deferred, `advance` also timers.
class FakeLoop final : public base::EventLoop {
 public:
  explicit FakeLoop(std::uint32_t index = 0) : index_(index) {}

  std::uint32_t index() const override { return index_; }
  bool is_current() const override { return current_; }
  void post(base::Task task) override { posted_.push_back(std::move(task)); }
  void defer(base::Task task) override { deferred_.push_back(std::move(task)); }
  base::TimePoint now() const override { return now_; }
  base::TimerQueue& timers() override { return timers_; }

  /// What is deferred (by the test itself, or by a handler it called), then one turn of what is posted by now, each task
  /// followed by what it deferred. False where there was nothing to do.
  bool run_turn() {
    bool worked = run_deferred();
    for (std::size_t left = posted_.size(); left > 0; --left) {
      base::Task task = std::move(posted_.front());
      posted_.pop_front();
      task();
      run_deferred();
      worked = true;
    }
    return worked;
  }

  /// Turns until nothing is left to do.
  void run() {
    for (int turns = 0; run_turn(); ++turns) {
      if (turns == 10'000) {
        ADD_FAILURE() << "the loop does not come to rest";
        return;
      }
    }
  }

  /// Moves the clock, stopping at every deadline on the way to run the timers that are due and what they caused.
  void advance(base::Duration by) {
    const base::TimePoint end = now_ + by;
    run();
    for (int steps = 0; timers_.next_deadline() && *timers_.next_deadline() <= end; ++steps) {
      if (steps == 1'000'000) {
        ADD_FAILURE() << "timers never come to rest";
        break;
      }
      if (*timers_.next_deadline() > now_) now_ = *timers_.next_deadline();
      timers_.run_due(now_);
      run();
    }
    now_ = end;
  }

  /// Only what is deferred: the end of the handler that the test stands for. False where there was nothing.
  bool run_deferred() {
    if (deferred_.empty()) return false;
    for (int rounds = 0; !deferred_.empty(); ++rounds) {
      if (rounds == 10'000) {
        ADD_FAILURE() << "deferred tasks never come to rest";
        return true;
      }
      for (base::Task& task : std::exchange(deferred_, {})) task();
    }
    return true;
  }

  std::size_t posted_count() const { return posted_.size(); }
  std::size_t deferred_count() const { return deferred_.size(); }
  /// For tests of code that asks `is_current()`.
  void set_current(bool current) { current_ = current; }

 private:
  std::uint32_t index_;
  bool current_ = true;
  base::TimePoint now_{std::chrono::hours{1000}};
  base::TimerQueue timers_;  // before the tasks: closures may own timers
  std::deque<base::Task> posted_;
  std::vector<base::Task> deferred_;
};

}  // namespace signaling::test
