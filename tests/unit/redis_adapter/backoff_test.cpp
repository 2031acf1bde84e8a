#include "redis_adapter/backoff.hpp"

#include <gtest/gtest.h>

namespace signaling::redis_adapter {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToItsBound) {
  Backoff backoff(50ms, 1000ms);
  for (const auto expected : {50ms, 100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) EXPECT_EQ(backoff.next(1), expected);
}

TEST(Backoff, IsSpreadOverTheUpperHalf) {
  Backoff low(100ms, 1000ms), middle(100ms, 1000ms);
  EXPECT_EQ(low.next(0), 50ms);
  EXPECT_EQ(middle.next(0.5), 75ms);
  EXPECT_EQ(low.next(0), 100ms);
}

TEST(Backoff, BeginsAnewAfterASuccess) {
  Backoff backoff(50ms, 1000ms);
  backoff.next(1);
  backoff.next(1);
  backoff.reset();
  EXPECT_EQ(backoff.next(1), 50ms);
}

}  // namespace
}  // namespace signaling::redis_adapter
