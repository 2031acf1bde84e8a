#include "output_hold.hpp"

#include <gtest/gtest.h>

namespace signaling::net {
namespace {

using base::TimePoint;
using std::chrono::microseconds;

constexpr TimePoint begin = TimePoint(std::chrono::hours(1));
constexpr auto longest = OutputHold::longest;

TEST(OutputHold, ALoopThatHasTimeWritesAtOnce) {
  OutputHold hold;
  EXPECT_FALSE(hold.holds(begin, false, 1));
  EXPECT_FALSE(hold.holds(begin + microseconds(1), false, OutputHold::most));
}

TEST(OutputHold, ABusyLoopHoldsForABoundedTime) {
  OutputHold hold;
  EXPECT_TRUE(hold.holds(begin, true, 1));
  EXPECT_TRUE(hold.holds(begin + longest / 2, true, 2));
  EXPECT_TRUE(hold.holds(begin + longest - microseconds(1), true, 3));
  EXPECT_FALSE(hold.holds(begin + longest, true, 3));
}

TEST(OutputHold, TheTimeBeginsAnewOnceAllIsWritten) {
  OutputHold hold;
  EXPECT_TRUE(hold.holds(begin, true, 1));
  EXPECT_FALSE(hold.holds(begin + longest, true, 1));
  hold.released(1);
  EXPECT_TRUE(hold.holds(begin + longest, true, 1));
  EXPECT_FALSE(hold.holds(begin + 2 * longest, true, 1));
  hold.released(1);

  EXPECT_TRUE(hold.holds(begin + 3 * longest, true, 1));
  EXPECT_FALSE(hold.holds(begin + 3 * longest + microseconds(1), false, 1));
  hold.released(1);
  EXPECT_TRUE(hold.holds(begin + 4 * longest - microseconds(1), true, 1));
}

TEST(OutputHold, ForSoManyNobodyWaits) {
  OutputHold hold;
  EXPECT_TRUE(hold.holds(begin, true, OutputHold::most));
  EXPECT_FALSE(hold.holds(begin, true, OutputHold::most + 1));
}

TEST(OutputHold, NothingToWriteIsNothingToHold) {
  OutputHold hold;
  EXPECT_FALSE(hold.holds(begin, true, 0));
  EXPECT_TRUE(hold.holds(begin + longest, true, 1));
  EXPECT_TRUE(hold.holds(begin + longest + longest / 2, true, 1));
}

/// Busy turns until it holds again.
unsigned turns_passed(OutputHold& hold) {
  unsigned turns = 0;
  while (!hold.holds(begin, true, 8) && turns < 1'000) ++turns;
  return turns;
}

TEST(OutputHold, IsTriedLessWhereItBringsNothingTogether) {
  OutputHold hold;
  EXPECT_EQ(turns_passed(hold), 0u);
  for (const unsigned expected : {1u, 2u, 4u, 8u, 16u, 32u, OutputHold::max_pause, OutputHold::max_pause}) {
    hold.released(1);  // one of eight
    EXPECT_EQ(turns_passed(hold), expected);
  }
  hold.released(2);  // a quarter
  EXPECT_EQ(turns_passed(hold), 0u);
  hold.released(0);
  EXPECT_EQ(turns_passed(hold), 1u);
}

TEST(OutputHold, ATurnThatHeldNothingTeachesNothing) {
  OutputHold hold;
  hold.released(0);
  hold.released(0);
  EXPECT_EQ(turns_passed(hold), 0u);
}

}  // namespace
}  // namespace signaling::net
