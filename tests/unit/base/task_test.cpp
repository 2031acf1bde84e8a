#include <array>
#include <functional>
#include <memory>
#include <stdexcept>
#include <type_traits>

#include <gtest/gtest.h>

#include <signaling/base/task.hpp>

namespace signaling::base {
namespace {

/// Counts how many of it live.
class Counted {
 public:
  explicit Counted(int& alive) : alive_(&alive) { ++*alive_; }
  Counted(Counted&& other) noexcept : alive_(other.alive_) { ++*alive_; }
  Counted& operator=(Counted&&) = delete;
  ~Counted() { --*alive_; }

 private:
  int* alive_;
};

static_assert(!std::is_copy_constructible_v<Task>);
static_assert(std::is_nothrow_move_constructible_v<Task>);
static_assert(!std::is_constructible_v<Task, int>);

TEST(Task, IsEmptyAtFirst) { EXPECT_FALSE(Task()); }

TEST(Task, RunsASmallClosure) {
  int runs = 0;
  Task task = [&runs] { ++runs; };
  ASSERT_TRUE(task);
  task();
  task();
  EXPECT_EQ(runs, 2);
}

TEST(Task, RunsAClosureTooLargeForItself) {
  std::array<int, 64> values{};
  values[63] = 7;
  int seen = 0;
  Task task = [values, &seen] { seen = values[63]; };
  Task moved = std::move(task);
  EXPECT_FALSE(task);  // NOLINT: a moved-from task is empty by contract
  moved();
  EXPECT_EQ(seen, 7);
}

TEST(Task, TakesWhatCanOnlyBeMoved) {
  int seen = 0;
  Task task = [value = std::make_unique<int>(5), &seen] { seen = *value; };
  Task moved = std::move(task);
  moved();
  EXPECT_EQ(seen, 5);
}

TEST(Task, KeepsStateBetweenRuns) {
  int seen = 0;
  Task task = [count = 0, &seen]() mutable { seen = ++count; };
  task();
  task();
  EXPECT_EQ(seen, 2);
}

template <std::size_t Extra>
void expect_one_owner() {
  int alive = 0;
  {
    Task task = [counted = Counted(alive), extra = std::array<char, Extra>{}] { (void)extra; };
    EXPECT_EQ(alive, 1);
    Task moved = std::move(task);
    EXPECT_EQ(alive, 1);
    Task assigned;
    assigned = std::move(moved);
    EXPECT_EQ(alive, 1);
    assigned();
    EXPECT_EQ(alive, 1);
    assigned = Task();
    EXPECT_EQ(alive, 0);
    assigned = [counted = Counted(alive)] {};
    EXPECT_EQ(alive, 1);
    Task& self = assigned;
    assigned = std::move(self);
    EXPECT_EQ(alive, 1);
    ASSERT_TRUE(assigned);
  }
  EXPECT_EQ(alive, 0);  // never run, and destroyed all the same
}

TEST(Task, DestroysTheClosureOnceInsideItself) { expect_one_owner<1>(); }
TEST(Task, DestroysTheClosureOnceOnTheHeap) { expect_one_owner<200>(); }

TEST(Task, ReplacesWhatItHeld) {
  int first = 0;
  int second = 0;
  Task task = [counted = Counted(first)] {};
  task = [counted = Counted(second), extra = std::array<char, 200>{}] { (void)extra; };
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
}

/// Its move may throw, so it must live on the heap: moving a task must not.
struct ThrowingMove {
  ThrowingMove() = default;
  ThrowingMove(ThrowingMove&& other) noexcept(false) : armed(other.armed) {
    if (armed) throw std::runtime_error("moved");
  }
  void operator()() { ran = true; }
  bool armed = false;
  bool ran = false;
};

TEST(Task, MovesClosuresWhoseMoveMayThrowByPointer) {
  ThrowingMove closure;
  Task task = std::move(closure);
  Task moved = std::move(task);
  EXPECT_NO_THROW(moved());
}

TEST(Task, TakesFunctionsAndFunctionObjects) {
  static int runs = 0;
  runs = 0;
  Task from_pointer = +[] { ++runs; };
  std::function<void()> function = [] { ++runs; };
  Task from_object = function;
  from_pointer();
  from_object();
  EXPECT_EQ(runs, 2);
}

TEST(Task, LetsExceptionsOut) {
  Task task = [] { throw std::runtime_error("out"); };
  EXPECT_THROW(task(), std::runtime_error);
}

}  // namespace
}  // namespace signaling::base
