#include <auth_jwt/fetch_schedule.hpp>

#include <gtest/gtest.h>

namespace signaling::auth_jwt {
namespace {

TEST(FetchSchedule, FetchesAtOnceAndThenAtItsInterval) {
  FetchSchedule schedule(600'000, 30'000);
  EXPECT_TRUE(schedule.is_due(0));
  schedule.begin(1'000);
  schedule.succeed(2'000);
  EXPECT_EQ(schedule.due_ms(), 602'000);
}

TEST(FetchSchedule, IsHurriedByUnknownKeysButNeverTwiceWithinItsLeastInterval) {
  FetchSchedule schedule(600'000, 30'000);
  EXPECT_TRUE(schedule.request(0));
  schedule.begin(1'000);
  EXPECT_FALSE(schedule.request(1'001));
  schedule.succeed(2'000);
  EXPECT_FALSE(schedule.request(30'999));
  EXPECT_FALSE(schedule.is_due(31'000));
  EXPECT_TRUE(schedule.request(31'000));
  EXPECT_TRUE(schedule.is_due(31'000));
  // However many ask.
  schedule.begin(31'000);
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(schedule.request(31'000 + i));
}

TEST(FetchSchedule, TriesAgainSoonerAfterAFailureAndThenLessAndLessOften) {
  FetchSchedule schedule(600'000, 30'000);
  std::int64_t now = 0;
  for (const std::int64_t pause : {30'000, 60'000, 120'000, 240'000, 480'000, 600'000, 600'000}) {
    schedule.begin(now);
    schedule.fail(now);
    EXPECT_EQ(schedule.due_ms() - now, pause);
    now = schedule.due_ms();
  }
  for (int i = 0; i < 100; ++i) schedule.fail(now);
  EXPECT_EQ(schedule.due_ms() - now, 600'000);
  schedule.begin(now);
  schedule.succeed(now);
  schedule.fail(now);
  EXPECT_EQ(schedule.due_ms() - now, 30'000);
}

TEST(FetchSchedule, TakesALeastIntervalBeyondTheIntervalForTheInterval) {
  FetchSchedule schedule(1'000, 30'000);
  schedule.begin(0);
  schedule.succeed(0);
  EXPECT_EQ(schedule.due_ms(), 1'000);
}

}  // namespace
}  // namespace signaling::auth_jwt
