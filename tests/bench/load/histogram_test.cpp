#include "histogram.hpp"

#include <gtest/gtest.h>

namespace signaling::bench_load {
namespace {

TEST(Histogram, IsZeroWithoutValues) {
  const Histogram histogram;
  EXPECT_EQ(histogram.quantile_ns(0.5), 0);
  EXPECT_EQ(histogram.max_ns(), 0);
}

TEST(Histogram, QuantilesAreExactForSmallValues) {
  Histogram histogram;
  for (int value = 1; value <= 100; ++value) histogram.add(value);
  EXPECT_EQ(histogram.quantile_ns(0.5), 50);
  EXPECT_EQ(histogram.quantile_ns(0.99), 99);
  EXPECT_EQ(histogram.quantile_ns(1), 100);
}

TEST(Histogram, IsNeverTooLowAndAtMostOneSixtyFourthTooHigh) {
  for (std::int64_t value = 1; value < std::int64_t{1} << 39; value = value * 17 / 16 + 1) {
    Histogram histogram;
    histogram.add(value);
    histogram.add(value * 2);  // so that the largest value does not hide the bucket's bound
    EXPECT_GE(histogram.quantile_ns(0.5), value);
    EXPECT_LE(histogram.quantile_ns(0.5), value + value / 64);
  }
}

TEST(Histogram, TakesValuesBeyondItsRange) {
  Histogram histogram;
  histogram.add(-5);
  histogram.add(std::int64_t{1} << 50);
  EXPECT_EQ(histogram.quantile_ns(0.5), 0);
  EXPECT_EQ(histogram.max_ns(), (std::int64_t{1} << 40) - 1);
  EXPECT_EQ(histogram.quantile_ns(1), histogram.max_ns());
  EXPECT_EQ(histogram.count(), 2U);
}

}  // namespace
}  // namespace signaling::bench_load
