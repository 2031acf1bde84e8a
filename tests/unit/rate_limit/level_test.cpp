#include <rate_limit/level.hpp>

#include <gtest/gtest.h>

namespace signaling::rate_limit {
namespace {

TEST(Level, GivesTheBurstAndThenTheRate) {
  const Bounds bounds{.burst = 3, .tokens_per_ms = 0.01};
  Level level{0, 1'000};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(level.take(bounds, 1, 1'000).is_taken);
  const Taken refused = level.take(bounds, 1, 1'000);
  EXPECT_FALSE(refused.is_taken);
  EXPECT_DOUBLE_EQ(refused.wait_ms, 100);
  // Just as long as was said, and not a token more.
  EXPECT_FALSE(level.take(bounds, 1, 1'099).is_taken);
  EXPECT_TRUE(level.take(bounds, 1, 1'100).is_taken);
  EXPECT_FALSE(level.take(bounds, 1, 1'100).is_taken);
  // A long pause gives the burst back, and no more.
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(level.take(bounds, 1, 1'000'000).is_taken);
  EXPECT_FALSE(level.take(bounds, 1, 1'000'000).is_taken);
}

TEST(Level, RefusingTakesNothing) {
  const Bounds bounds{.burst = 1, .tokens_per_ms = 0.001};
  Level level{0, 0};
  EXPECT_TRUE(level.take(bounds, 1, 0).is_taken);
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(level.take(bounds, 1, 500).is_taken);
  EXPECT_TRUE(level.take(bounds, 1, 1'000).is_taken);
}

TEST(Level, LetsThoseWaitInLineThatMay) {
  const Bounds bounds{.burst = 1, .tokens_per_ms = 0.01, .delay_tokens = 2};
  Level level{0, 0};
  EXPECT_DOUBLE_EQ(level.take(bounds, 1, 0).wait_ms, 0);
  EXPECT_DOUBLE_EQ(level.take(bounds, 1, 0).wait_ms, 100);
  EXPECT_DOUBLE_EQ(level.take(bounds, 1, 0).wait_ms, 200);
  const Taken refused = level.take(bounds, 1, 0);
  EXPECT_FALSE(refused.is_taken);
  EXPECT_DOUBLE_EQ(refused.wait_ms, 300);
}

TEST(Level, PassesWhatIsLongerThanTheBurstAndHasItPaidFor) {
  const Bounds bounds{.burst = 100, .tokens_per_ms = 1};
  Level level{0, 0};
  EXPECT_TRUE(level.take(bounds, 1'000, 0).is_taken);
  EXPECT_FALSE(level.take(bounds, 1, 900).is_taken);
  EXPECT_TRUE(level.take(bounds, 1, 901).is_taken);
  EXPECT_FALSE(level.take(bounds, 1'000, 950).is_taken) << "the bucket is not full";
}

TEST(Level, StandsAClockThatRunsBackwards) {
  const Bounds bounds{.burst = 1, .tokens_per_ms = 0.001};
  Level level{0, 10'000};
  EXPECT_TRUE(level.take(bounds, 1, 10'000).is_taken);
  EXPECT_FALSE(level.take(bounds, 1, 0).is_taken);
  EXPECT_TRUE(level.take(bounds, 1, 11'000).is_taken);
}

}  // namespace
}  // namespace signaling::rate_limit
