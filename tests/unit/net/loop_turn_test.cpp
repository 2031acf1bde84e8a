// What a turn of the loop leaves for the next: events beyond its time. Handlers take their time by the real clock, several
// times more in all than a turn has, so that what is expected holds on any machine.

#include <deque>
#include <functional>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/net/loop.hpp>

#include "file_descriptor.hpp"

namespace signaling::net {
namespace {

constexpr std::size_t events = 100;
constexpr base::Duration step = Loop::events_part / 10;

void work(base::Duration time) {
  const base::TimePoint end = base::Clock::now() + time;
  while (base::Clock::now() < end) {
  }
}

/// Readable at once.
class Source final : public IoHandler {
 public:
  Source(Loop& loop, std::function<void()> on_event)
      : loop_(loop), fd_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)), on_event_(std::move(on_event)) {
    loop_.watch(fd_.get(), *this, EPOLLIN);
  }
  ~Source() { stop(); }
  void stop() {
    if (fd_) loop_.unwatch(fd_.get(), *this);
    fd_.close();
  }

 private:
  void on_io(std::uint32_t) override { on_event_(); }

  Loop& loop_;
  FileDescriptor fd_;
  std::function<void()> on_event_;
};

class LoopTurn : public testing::Test {
 protected:
  void make_sources(base::Duration each) {
    for (std::size_t i = 0; i < events; ++i) {
      sources_.emplace_back(loop_, [this, i, each] {
        served_.push_back(i);
        work(each);
      });
    }
  }
  void turn() { loop_.run_once(base::Duration::zero()); }

  Loop loop_{0};
  std::deque<Source> sources_;
  std::vector<std::size_t> served_;
};

TEST_F(LoopTurn, EventsBeyondItsTimeWaitForTheNextInOrder) {
  make_sources(step);
  std::size_t turns = 0;
  std::size_t before = 0;
  while (served_.size() < events) {
    turn();
    ++turns;
    ASSERT_GT(served_.size(), before);  // each turn gets some done
    ASSERT_LE(served_.size() - before, 16u);
    before = served_.size();
  }
  EXPECT_GE(turns, events / 16);
  for (std::size_t i = 0; i < events; ++i) EXPECT_EQ(served_[i], i);
  turn();
  EXPECT_EQ(served_.size(), events);  // none is served twice
}

TEST_F(LoopTurn, TasksAndTurnListenersComeInBetween) {
  make_sources(step);
  struct Listener final : TurnListener {
    bool on_turn_end() override { return ++turns, false; }
    int turns = 0;
  } listener;
  loop_.add_turn_listener(listener);
  turn();
  const std::size_t first = served_.size();
  ASSERT_LT(first, events);
  EXPECT_EQ(listener.turns, 1);
  std::size_t seen_by_task = 0;
  loop_.post([&] { seen_by_task = served_.size(); });
  turn();
  EXPECT_EQ(seen_by_task, first);
  EXPECT_TRUE(loop_.found_work_at_once() || served_.size() > first);
  loop_.remove_turn_listener(listener);
}

TEST_F(LoopTurn, WhoIsUnwatchedGetsNoEventThatIsLeft) {
  make_sources(step);
  turn();
  ASSERT_LT(served_.size(), events);
  sources_.back().stop();  // by a task, or at the end of the turn
  for (std::size_t i = 0; i < events; ++i) turn();
  EXPECT_EQ(served_.size(), events - 1);
}

TEST_F(LoopTurn, ALongStepIsFollowedByALookAtTheClock) {
  for (std::size_t i = 0; i < 4; ++i) {
    sources_.emplace_back(loop_, [this, i] {
      served_.push_back(i);
      loop_.expect_long_step();
      work(Loop::events_part);
    });
  }
  for (std::size_t turns = 1; turns <= 4; ++turns) {
    turn();
    EXPECT_EQ(served_.size(), turns);
  }
}

TEST_F(LoopTurn, WhatComesAfterATurnThatEndedWithItsLastEventIsServed) {
  for (std::size_t i = 1; i <= 3; ++i) {
    sources_.emplace_back(loop_, [this, i] {
      served_.push_back(i);
      loop_.expect_long_step();
      work(Loop::events_part);
    });
    turn();
    EXPECT_EQ(served_.size(), i);
  }
}

}  // namespace
}  // namespace signaling::net
