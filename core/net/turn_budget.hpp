#pragma once
// How long one part of a turn may take. What it does not get done waits for the next turn, so that the others of the loop are
// served in between.

#include <cstddef>

#include <signaling/base/clock.hpp>

namespace signaling::net {

/// The clock is looked at once in `look_after` units of cost, so that a turn with little to do never reads it and steps of
/// constant cost are nearly free. One thread. `Clock`: another one in tests.
template <class Clock = base::Clock>
class TurnBudget {
 public:
  /// Units of cost between two looks. A unit is about the cheapest step there is: one event, one `send`.
  static constexpr std::size_t look_after = 16;

  /// The time begins with the first look.
  explicit TurnBudget(base::Duration time) noexcept : time_(time) {}
  TurnBudget(base::Duration time, base::TimePoint begin) noexcept : time_(time), end_(begin + time), has_begun_(true) {}

  /// The time begins now, where it has not: the step that comes next is so long that it counts.
  void begin() noexcept {
    if (has_begun_) return;
    has_begun_ = true;
    end_ = Clock::now() + time_;
  }

  /// A step was done. @return true where the time is used up: no other step is begun. At least one is done in any case.
  bool is_spent_after(std::size_t cost) noexcept {
    cost_ += cost;
    if (cost_ < look_after) return false;
    cost_ = 0;
    const base::TimePoint now = Clock::now();
    if (!has_begun_) {
      has_begun_ = true;
      end_ = now + time_;
    }
    return now >= end_;
  }

 private:
  base::Duration time_;
  base::TimePoint end_{};
  std::size_t cost_ = 0;
  bool has_begun_ = false;
};

}  // namespace signaling::net
