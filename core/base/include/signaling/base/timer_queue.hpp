#pragma once
// Deadlines of one event loop: a binary heap of intrusive timers. Knows no clock; `net` asks for the next deadline.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <signaling/base/clock.hpp>

namespace signaling::base {

class TimerQueue;

/// A timer embedded in the object that it wakes. Destroying it disarms it. One thread.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  bool is_armed() const noexcept { return queue_ != nullptr; }

 protected:
  virtual ~Timer();
  /// The deadline has passed; the timer is disarmed and may be armed again, or its owner destroyed, in here.
  virtual void on_timer(TimePoint now) = 0;

 private:
  friend class TimerQueue;
  TimerQueue* queue_ = nullptr;
  std::uint32_t index_ = 0;
  bool is_late_ = false;  // in late_, not in heap_
};

class TimerQueue {
 public:
  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;
  ~TimerQueue();

  /// Arms or moves the timer, from another queue too. O(log n).
  void arm(Timer& timer, TimePoint deadline);
  void disarm(Timer& timer) noexcept;
  std::optional<TimePoint> next_deadline() const noexcept;
  /// Runs what is due, in order of deadline; timers armed by it for `now` or earlier run in the next call.
  void run_due(TimePoint now);
  std::size_t size() const noexcept { return heap_.size() + late_.size(); }

 private:
  struct Entry {
    TimePoint deadline;
    Timer* timer;
  };
  void place(std::size_t index, Entry entry) noexcept;
  void sift_up(std::size_t index) noexcept;
  void sift_down(std::size_t index) noexcept;

  bool must_wait(TimePoint deadline) const noexcept { return running_at_ && deadline <= *running_at_; }
  void push(Entry entry);
  void finish_run();

  std::vector<Entry> heap_;
  std::vector<Entry> late_;              // armed while timers run, for a time that has come: they wait for the next call
  std::optional<TimePoint> running_at_;  // set while timers run
};

/// A timer that calls a function object; for owners that need several.
template <class F>
class TimerOf final : public Timer {
 public:
  explicit TimerOf(F f) : f_(static_cast<F&&>(f)) {}

 private:
  void on_timer(TimePoint now) override { f_(now); }
  F f_;
};

}  // namespace signaling::base
