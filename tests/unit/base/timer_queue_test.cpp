#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/base/timer_queue.hpp>

namespace signaling::base {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

constexpr TimePoint start{};
constexpr TimePoint at(int ms) { return start + Milliseconds(ms); }

/// A timer with a callback that may be changed, and destroyed from within.
class TestTimer final : public Timer {
 public:
  explicit TestTimer(std::function<void(TimePoint)> callback) : callback_(std::move(callback)) {}

 private:
  void on_timer(TimePoint now) override {
    const std::function<void(TimePoint)> callback = callback_;  // it may destroy this timer
    callback(now);
  }
  std::function<void(TimePoint)> callback_;
};

class TimerQueueTest : public testing::Test {
 protected:
  /// A timer that notes its number when it runs.
  std::unique_ptr<TestTimer> noting(int number) {
    return std::make_unique<TestTimer>([this, number](TimePoint) { ran.push_back(number); });
  }
  TimerQueue queue;
  std::vector<int> ran;
};

TEST_F(TimerQueueTest, IsEmptyAtFirst) {
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.next_deadline(), std::nullopt);
  queue.run_due(at(1'000));
}

TEST_F(TimerQueueTest, RunsWhatIsDueInOrderOfDeadline) {
  const auto a = noting(1), b = noting(2), c = noting(3), d = noting(4);
  queue.arm(*c, at(30));
  queue.arm(*a, at(10));
  queue.arm(*d, at(40));
  queue.arm(*b, at(20));
  EXPECT_EQ(queue.next_deadline(), at(10));
  queue.run_due(at(30));  // a deadline is due when it is reached
  EXPECT_THAT(ran, ElementsAre(1, 2, 3));
  EXPECT_FALSE(a->is_armed());
  EXPECT_TRUE(d->is_armed());
  EXPECT_EQ(queue.next_deadline(), at(40));
  queue.run_due(at(39));
  EXPECT_EQ(ran.size(), 3u);
  queue.run_due(at(40));
  EXPECT_EQ(queue.size(), 0u);
}

TEST_F(TimerQueueTest, TellsTheTimerTheTimeItRunsAt) {
  TimePoint told{};
  TestTimer timer([&told](TimePoint now) { told = now; });
  queue.arm(timer, at(10));
  queue.run_due(at(25));
  EXPECT_EQ(told, at(25));
}

TEST_F(TimerQueueTest, MovesAnArmedTimer) {
  const auto a = noting(1), b = noting(2);
  queue.arm(*a, at(10));
  queue.arm(*b, at(20));
  queue.arm(*a, at(30));  // later
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_EQ(queue.next_deadline(), at(20));
  queue.arm(*a, at(5));  // earlier
  EXPECT_EQ(queue.next_deadline(), at(5));
  queue.run_due(at(100));
  EXPECT_THAT(ran, ElementsAre(1, 2));
}

TEST_F(TimerQueueTest, DisarmsAtEveryPlace) {
  for (int victim = 0; victim < 10; ++victim) {
    std::vector<std::unique_ptr<TestTimer>> timers;
    ran.clear();
    for (int i = 0; i < 10; ++i) {
      timers.push_back(noting(i));
      queue.arm(*timers.back(), at((i * 7) % 10));
    }
    queue.disarm(*timers[static_cast<std::size_t>(victim)]);
    queue.disarm(*timers[static_cast<std::size_t>(victim)]);  // again changes nothing
    EXPECT_FALSE(timers[static_cast<std::size_t>(victim)]->is_armed());
    queue.run_due(at(100));
    EXPECT_EQ(ran.size(), 9u);
    EXPECT_EQ(std::count(ran.begin(), ran.end(), victim), 0);
    EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end(), [](int a, int b) { return (a * 7) % 10 < (b * 7) % 10; }));
  }
}

TEST_F(TimerQueueTest, LeavesTimersOfOtherQueuesAlone) {
  TimerQueue other;
  const auto timer = noting(1);
  queue.arm(*timer, at(10));
  other.disarm(*timer);
  EXPECT_TRUE(timer->is_armed());
  queue.run_due(at(10));
  EXPECT_THAT(ran, ElementsAre(1));
  queue.arm(*timer, at(10));
  other.arm(*timer, at(20));  // moves over
  EXPECT_EQ(other.size(), 1u);
  EXPECT_EQ(queue.size(), 0u);
}

TEST_F(TimerQueueTest, ForgetsDestroyedTimers) {
  auto a = noting(1);
  const auto b = noting(2);
  queue.arm(*a, at(10));
  queue.arm(*b, at(20));
  a.reset();
  EXPECT_EQ(queue.size(), 1u);
  queue.run_due(at(100));
  EXPECT_THAT(ran, ElementsAre(2));
}

TEST_F(TimerQueueTest, LetsTimersOutliveIt) {
  auto shortlived = std::make_unique<TimerQueue>();
  const auto timer = noting(1);
  shortlived->arm(*timer, at(10));
  shortlived.reset();
  EXPECT_FALSE(timer->is_armed());
  queue.arm(*timer, at(10));
  queue.run_due(at(10));
  EXPECT_THAT(ran, ElementsAre(1));
}

TEST_F(TimerQueueTest, LetsATimerDestroyItself) {
  std::unique_ptr<TestTimer> timer;
  timer = std::make_unique<TestTimer>([&](TimePoint) {
    ran.push_back(1);
    timer.reset();
  });
  queue.arm(*timer, at(10));
  queue.run_due(at(10));
  EXPECT_EQ(timer, nullptr);
  EXPECT_THAT(ran, ElementsAre(1));
}

TEST_F(TimerQueueTest, LetsATimerDestroyOthersThatAreDue) {
  auto victim = noting(2);
  auto other = noting(3);
  TestTimer killer([&](TimePoint) {
    ran.push_back(1);
    victim.reset();
  });
  queue.arm(killer, at(10));
  queue.arm(*victim, at(20));
  queue.arm(*other, at(30));
  queue.run_due(at(100));
  EXPECT_THAT(ran, ElementsAre(1, 3));
}

TEST_F(TimerQueueTest, LetsATimerDestroyAllTimers) {
  std::vector<std::unique_ptr<TestTimer>> timers;
  for (int i = 0; i < 20; ++i) {
    timers.push_back(std::make_unique<TestTimer>([&, i](TimePoint) {
      ran.push_back(i);
      auto doomed = std::move(timers);
      timers.clear();
    }));
    queue.arm(*timers.back(), at(i));
  }
  queue.run_due(at(100));
  EXPECT_THAT(ran, ElementsAre(0));
  EXPECT_EQ(queue.size(), 0u);
}

TEST_F(TimerQueueTest, IsDisarmedWhenItRunsAndMayBeArmedAgain) {
  int runs = 0;
  bool was_armed = true;
  std::unique_ptr<TestTimer> timer;
  timer = std::make_unique<TestTimer>([&](TimePoint now) {
    was_armed = timer->is_armed();
    if (++runs < 3) queue.arm(*timer, now + 10ms);
  });
  queue.arm(*timer, at(10));
  queue.run_due(at(10));
  EXPECT_FALSE(was_armed);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(queue.next_deadline(), at(20));
  queue.run_due(at(20));
  queue.run_due(at(30));
  EXPECT_EQ(runs, 3);
  EXPECT_FALSE(timer->is_armed());
}

TEST_F(TimerQueueTest, RunsATimerArmedForThePastInTheNextCall) {
  int runs = 0;
  std::unique_ptr<TestTimer> timer;
  timer = std::make_unique<TestTimer>([&](TimePoint now) {
    ++runs;
    queue.arm(*timer, now - 5ms);
  });
  queue.arm(*timer, at(10));
  queue.run_due(at(10));
  EXPECT_EQ(runs, 1);
  queue.run_due(at(10));
  EXPECT_EQ(runs, 2);
}

TEST_F(TimerQueueTest, IsNotHeldByTimersThatArmEachOtherForThePast) {
  int runs = 0;
  std::unique_ptr<TestTimer> a, b;
  a = std::make_unique<TestTimer>([&](TimePoint now) {
    ++runs;
    queue.arm(*b, now);
  });
  b = std::make_unique<TestTimer>([&](TimePoint now) {
    ++runs;
    queue.arm(*a, now);
  });
  queue.arm(*a, at(10));
  queue.run_due(at(10));
  EXPECT_EQ(runs, 1);
}

TEST_F(TimerQueueTest, RunsAllThatWasDueThoughTheFirstArmsItselfForThePast) {
  std::unique_ptr<TestTimer> eager;
  eager = std::make_unique<TestTimer>([&](TimePoint) {
    ran.push_back(0);
    queue.arm(*eager, at(1));
  });
  const auto a = noting(1), b = noting(2);
  queue.arm(*eager, at(1));
  queue.arm(*a, at(5));
  queue.arm(*b, at(6));
  queue.run_due(at(10));
  EXPECT_THAT(ran, ElementsAre(0, 1, 2));
}

TEST_F(TimerQueueTest, LetsTimersThatWaitForTheNextCallBeMovedDisarmedAndDestroyed) {
  const auto moved = noting(2), disarmed = noting(3), kept = noting(4);
  auto destroyed = noting(5);
  TestTimer first([&](TimePoint now) {
    ran.push_back(1);
    for (TestTimer* timer : {moved.get(), disarmed.get(), destroyed.get(), kept.get()}) queue.arm(*timer, now - 1ms);
    EXPECT_EQ(queue.size(), 4u);
    EXPECT_EQ(queue.next_deadline(), at(9));
    queue.arm(*moved, at(50));
    queue.disarm(*disarmed);
    destroyed.reset();
    EXPECT_EQ(queue.size(), 2u);
  });
  queue.arm(first, at(10));
  queue.run_due(at(10));
  EXPECT_THAT(ran, ElementsAre(1));
  EXPECT_EQ(queue.next_deadline(), at(9));
  queue.run_due(at(10));
  queue.run_due(at(50));
  EXPECT_THAT(ran, ElementsAre(1, 4, 2));
}

TEST_F(TimerQueueTest, StaysWholeWhenATimerThrows) {
  const auto late = noting(2), due = noting(3);
  TestTimer thrower([&](TimePoint now) {
    queue.arm(*late, now);
    throw std::runtime_error("out");
  });
  queue.arm(thrower, at(1));
  queue.arm(*due, at(2));
  EXPECT_THROW(queue.run_due(at(5)), std::runtime_error);
  EXPECT_EQ(queue.size(), 2u);
  queue.run_due(at(5));
  EXPECT_THAT(ran, ElementsAre(3, 2));
}

TEST_F(TimerQueueTest, LetsATimerMoveAndDisarmOthers) {
  const auto later = noting(2), gone = noting(3), sooner = noting(4);
  TestTimer first([&](TimePoint) {
    ran.push_back(1);
    queue.arm(*later, at(500));
    queue.disarm(*gone);
    queue.arm(*sooner, at(50));
  });
  queue.arm(first, at(10));
  queue.arm(*later, at(20));
  queue.arm(*gone, at(30));
  queue.arm(*sooner, at(400));
  queue.run_due(at(100));
  EXPECT_THAT(ran, ElementsAre(1));
  queue.run_due(at(100));
  EXPECT_THAT(ran, ElementsAre(1, 4));
  queue.run_due(at(500));
  EXPECT_THAT(ran, ElementsAre(1, 4, 2));
}

TEST_F(TimerQueueTest, StaysOrderedUnderRandomUse) {
  std::mt19937 random(11);
  constexpr std::size_t count = 200;
  std::vector<std::unique_ptr<TestTimer>> timers;
  std::map<int, TimePoint> armed;  // what the queue should hold
  TimePoint now = start;
  for (std::size_t i = 0; i < count; ++i) {
    timers.push_back(std::make_unique<TestTimer>([&, i](TimePoint told) {
      const auto entry = armed.find(static_cast<int>(i));
      ASSERT_NE(entry, armed.end());
      ASSERT_LE(entry->second, told);
      for (const auto& [other, deadline] : armed) ASSERT_LE(entry->second, deadline) << other;
      armed.erase(entry);
    }));
  }
  for (int round = 0; round < 20'000; ++round) {
    const std::size_t i = random() % count;
    switch (random() % 4) {
      case 0:
      case 1: {
        const TimePoint deadline = now + Milliseconds(random() % 500);
        queue.arm(*timers[i], deadline);
        armed[static_cast<int>(i)] = deadline;
        break;
      }
      case 2:
        queue.disarm(*timers[i]);
        armed.erase(static_cast<int>(i));
        break;
      default:
        now += Milliseconds(random() % 20);
        queue.run_due(now);
        for (const auto& [other, deadline] : armed) ASSERT_GT(deadline, now) << other;
        break;
    }
    ASSERT_EQ(queue.size(), armed.size());
    const auto soonest =
        std::min_element(armed.begin(), armed.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    ASSERT_EQ(queue.next_deadline(), soonest == armed.end() ? std::nullopt : std::optional(soonest->second));
  }
}

TEST(TimerOf, CallsItsFunction) {
  TimerQueue queue;
  TimePoint told{};
  TimerOf timer([&told](TimePoint now) { told = now; });
  queue.arm(timer, at(1));
  queue.run_due(at(3));
  EXPECT_EQ(told, at(3));
}

}  // namespace
}  // namespace signaling::base
