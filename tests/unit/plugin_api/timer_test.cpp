#include <chrono>
#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>

#include <signaling/plugin_api/timer.hpp>
#include <signaling/test_kit/fake_host.hpp>

namespace signaling::plugin_api {
namespace {

using namespace std::chrono_literals;

class TimerTest : public ::testing::Test {
 protected:
  testing::FakeHost host_{"node", 2};
  std::shared_ptr<int> runs_ = std::make_shared<int>(0);  ///< its use count tells who holds the function
};

TEST_F(TimerTest, RunsOnceWhenItIsDue) {
  Timer timer = run_after(host_, 50ms, [runs = runs_] { ++*runs; });
  EXPECT_TRUE(timer.is_waiting());
  host_.advance(49);
  EXPECT_EQ(*runs_, 0);
  host_.advance(1);
  EXPECT_EQ(*runs_, 1);
  EXPECT_FALSE(timer.is_waiting());
  host_.advance(1'000);
  EXPECT_EQ(*runs_, 1);
}

TEST_F(TimerTest, RunsAgainAndAgain) {
  Timer timer = run_every(host_, 10ms, [runs = runs_] { ++*runs; });
  host_.advance(35);
  EXPECT_EQ(*runs_, 3);
  timer.set_interval(100ms);
  host_.advance(5);
  EXPECT_EQ(*runs_, 4) << "the turn that was under way";
  host_.advance(99);
  EXPECT_EQ(*runs_, 4);
  host_.advance(1);
  EXPECT_EQ(*runs_, 5);
}

TEST_F(TimerTest, EndsWithItsObjectAndFreesTheFunctionAtOnce) {
  for (const bool repeats : {false, true}) {
    Timer timer;
    if (repeats) {
      timer = run_every(host_, 10ms, [runs = runs_] { ++*runs; });
    } else {
      timer = run_after(host_, 10ms, [runs = runs_] { ++*runs; });
    }
    EXPECT_EQ(runs_.use_count(), 2);
    timer = Timer();
    EXPECT_EQ(runs_.use_count(), 1);
    EXPECT_EQ(host_.timer_count(), 0U);
    host_.advance(100);
    EXPECT_EQ(*runs_, 0);
  }
}

TEST_F(TimerTest, IsReplacedByAssignment) {
  Timer timer = run_after(host_, 10ms, [runs = runs_] { *runs += 1; });
  timer = run_after(host_, 20ms, [runs = runs_] { *runs += 10; });
  host_.advance(100);
  EXPECT_EQ(*runs_, 10);
  Timer moved = std::move(timer);
  moved.cancel();
  EXPECT_EQ(runs_.use_count(), 1);
}

TEST_F(TimerTest, MayEndItselfWhileItRuns) {
  auto timer = std::make_unique<Timer>();
  *timer = run_every(host_, 10ms, [&timer, runs = runs_] {
    timer.reset();
    ++*runs;  // the captures are there until the function returns
  });
  host_.advance(100);
  EXPECT_EQ(*runs_, 1);
  EXPECT_EQ(runs_.use_count(), 1);
  EXPECT_EQ(host_.timer_count(), 0U);
}

TEST_F(TimerTest, MayStartItselfAgainWhileItRuns) {
  Timer timer;
  const auto start = [&](auto again) -> void {
    timer = run_after(host_, 10ms, [&, again] {
      if (++*runs_ < 3) again(again);
    });
  };
  start(start);
  host_.advance(100);
  EXPECT_EQ(*runs_, 3);
}

TEST_F(TimerTest, GoesOnAfterAnException) {
  Timer timer = run_every(host_, 10ms, [runs = runs_] {
    if (++*runs == 1) throw std::runtime_error("once");
  });
  EXPECT_THROW(host_.advance(10), std::runtime_error);
  host_.advance(10);
  EXPECT_EQ(*runs_, 2);
}

TEST_F(TimerTest, IsStartedOnAnotherLoop) {
  std::uint32_t loop = 99;
  Timer timer = run_every_on(host_, 1, 10ms, [&] {
    loop = host_.current_loop();
    ++*runs_;
  });
  EXPECT_EQ(host_.timer_count(), 0U) << "not before that loop gets to it";
  host_.run_posted();
  host_.advance(20);
  EXPECT_EQ(loop, 1U);
  EXPECT_EQ(*runs_, 2);
}

TEST_F(TimerTest, IsCancelledBeforeItsLoopGotToIt) {
  Timer timer = run_after_on(host_, 1, 10ms, [runs = runs_] { ++*runs; });
  timer.cancel();
  host_.run_posted();
  EXPECT_EQ(host_.timer_count(), 0U);
  EXPECT_EQ(runs_.use_count(), 1);
}

TEST_F(TimerTest, RunsNoMoreWhereItIsDestroyedOnAnotherThreadThanItsLoop) {
  for (const std::uint32_t elsewhere : {1U, 2U}) {  // another loop; no loop
    host_.set_current_loop(0);
    Timer timer = run_every(host_, 10ms, [runs = runs_] { ++*runs; });
    host_.set_current_loop(elsewhere);
    timer = Timer();
    host_.advance(100);
    EXPECT_EQ(*runs_, 0);
    EXPECT_EQ(runs_.use_count(), 1) << "gone once it was due";
    EXPECT_EQ(host_.timer_count(), 0U);
  }
}

TEST_F(TimerTest, MayBeOutlivedByTheHostsPart) {
  {
    testing::FakeHost host;
    {
      Timer timer = run_every(host, 10ms, [runs = runs_] { ++*runs; });
      host.set_current_loop(1);  // as where the plugin is destroyed
    }
    EXPECT_EQ(runs_.use_count(), 2);
  }
  EXPECT_EQ(runs_.use_count(), 1) << "released by the host at its end";
}

// What the function holds may have to end while the host is still whole: a verdict.
TEST_F(TimerTest, ForgetsTheFunctionWhereTheHostLetsGo) {
  for (const bool repeats : {false, true}) {
    for (const bool is_posted : {false, true}) {
      Timer timer;
      {
        testing::FakeHost host("node", 2);
        const std::uint32_t loop = is_posted ? 1 : 0;
        if (repeats) {
          timer = run_every_on(host, loop, 10ms, [runs = runs_] { ++*runs; });
        } else {
          timer = run_after_on(host, loop, 10ms, [runs = runs_] { ++*runs; });
        }
        EXPECT_EQ(runs_.use_count(), 2);
        if (repeats && !is_posted) host.advance(25);
      }
      EXPECT_EQ(runs_.use_count(), 1) << "though the timer is still there";
      EXPECT_FALSE(timer.is_waiting());
    }
  }
  EXPECT_EQ(*runs_, 2);
}

}  // namespace
}  // namespace signaling::plugin_api
