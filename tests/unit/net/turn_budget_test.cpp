#include "turn_budget.hpp"

#include <gtest/gtest.h>

namespace signaling::net {
namespace {

using std::chrono::microseconds;

struct FakeClock {
  static inline base::TimePoint time;
  static inline int looks;
  static base::TimePoint now() noexcept {
    ++looks;
    return time;
  }
};
using Budget = TurnBudget<FakeClock>;
constexpr base::TimePoint begin = base::TimePoint(std::chrono::hours(1));

class TurnBudgetTest : public testing::Test {
 protected:
  TurnBudgetTest() {
    FakeClock::time = begin;
    FakeClock::looks = 0;
  }
};

TEST_F(TurnBudgetTest, LittleWorkNeverLooksAtTheClock) {
  Budget budget(microseconds(100), begin);
  FakeClock::time = begin + std::chrono::hours(1);
  for (std::size_t i = 1; i < Budget::look_after; ++i) EXPECT_FALSE(budget.is_spent_after(1));
  EXPECT_EQ(FakeClock::looks, 0);
  EXPECT_TRUE(budget.is_spent_after(1));
  EXPECT_EQ(FakeClock::looks, 1);
}

TEST_F(TurnBudgetTest, LooksAsOftenAsStepsCost) {
  Budget budget(microseconds(100), begin);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(budget.is_spent_after(Budget::look_after));
  EXPECT_EQ(FakeClock::looks, 10);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(budget.is_spent_after(Budget::look_after / 2));
  EXPECT_EQ(FakeClock::looks, 20);
}

TEST_F(TurnBudgetTest, ATimeThatIsGivenIsKept) {
  Budget budget(microseconds(100), begin);
  FakeClock::time = begin + microseconds(99);
  EXPECT_FALSE(budget.is_spent_after(Budget::look_after));
  FakeClock::time = begin + microseconds(100);
  EXPECT_TRUE(budget.is_spent_after(Budget::look_after));
  EXPECT_TRUE(budget.is_spent_after(Budget::look_after));
}

TEST_F(TurnBudgetTest, OrWithALongStepThatCounts) {
  Budget budget{microseconds(100)};
  budget.begin();
  FakeClock::time += microseconds(60);
  budget.begin();  // begun once
  EXPECT_FALSE(budget.is_spent_after(Budget::look_after));
  FakeClock::time += microseconds(40);
  EXPECT_TRUE(budget.is_spent_after(Budget::look_after));

  Budget given(microseconds(100), begin);
  given.begin();
  EXPECT_TRUE(given.is_spent_after(Budget::look_after));
}

TEST_F(TurnBudgetTest, ElseTheTimeBeginsWithTheFirstLook) {
  Budget budget{microseconds(100)};
  FakeClock::time = begin + microseconds(500);
  EXPECT_FALSE(budget.is_spent_after(Budget::look_after));
  FakeClock::time += microseconds(99);
  EXPECT_FALSE(budget.is_spent_after(Budget::look_after));
  FakeClock::time += microseconds(1);
  EXPECT_TRUE(budget.is_spent_after(Budget::look_after));
}

}  // namespace
}  // namespace signaling::net
