#include <rate_limit/bucket_table.hpp>

#include <gtest/gtest.h>

namespace signaling::rate_limit {
namespace {

Rule make_rule(double burst, double tokens_per_ms, std::uint32_t slot = 0) {
  Rule rule;
  rule.scope = Scope::address;
  rule.bounds = {burst, tokens_per_ms, 0};
  rule.is_shared = true;
  rule.slot = slot;
  return rule;
}
constexpr BucketTable::Seed seed{0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9};

TEST(BucketTable, KeepsBucketsOfKeysAndRulesApart) {
  BucketTable table(1'024, seed);
  const Rule one = make_rule(1, 0.001, 0), other = make_rule(1, 0.001, 1);
  EXPECT_TRUE(table.take({1, 1}, one, 1, 0, false).is_taken);
  EXPECT_FALSE(table.take({1, 1}, one, 1, 0, false).is_taken);
  EXPECT_TRUE(table.take({1, 2}, one, 1, 0, false).is_taken);
  EXPECT_TRUE(table.take({1, 1}, other, 1, 0, false).is_taken);
  EXPECT_TRUE(table.take({1, 1}, one, 1, 1'000, false).is_taken);
  table.give_back({1, 1}, one, 1, false);
  EXPECT_TRUE(table.take({1, 1}, one, 1, 1'000, false).is_taken);
}

TEST(BucketTable, AMillionAddressesTakeNoMoreMemoryAndFreeNobodyFromALimit) {
  BucketTable table(16'384, seed);
  const std::size_t places = table.places();
  const Rule rule = make_rule(20, 0.001);
  // A hundred that are at their limit.
  for (std::uint64_t who = 0; who < 100; ++who) {
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(table.take({7, who}, rule, 1, 0, false).is_taken);
    ASSERT_FALSE(table.take({7, who}, rule, 1, 0, false).is_taken);
  }
  // Everybody of the flood is served at its first coming: a place is made at the cost of those who did little.
  for (std::uint64_t i = 0; i < 1'000'000; ++i) ASSERT_TRUE(table.take({i << 8, 99}, rule, 1, 1, false).is_taken);
  EXPECT_EQ(table.places(), places);
  EXPECT_GE(table.evicted(), 1'000'000 - places);
  for (std::uint64_t who = 0; who < 100; ++who) EXPECT_FALSE(table.take({7, who}, rule, 1, 2, false).is_taken) << who;
}

TEST(BucketTable, BucketsThatAreFullAgainGiveWayForNothing) {
  BucketTable table(512, seed);
  const Rule rule = make_rule(10, 1);
  std::int64_t now = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) table.take({i, i}, rule, 1, now += 10, false);
  EXPECT_EQ(table.evicted(), 0u);
}

TEST(BucketTable, ReportsInSlicesOfAnEighthAndOnce) {
  BucketTable table(1'024, seed);
  const Rule rule = make_rule(80, 0.001);
  std::vector<Report> reports;
  for (int i = 0; i < 9; ++i) table.take({1, 1}, rule, 1, 0, false);
  table.collect(reports, 10);
  EXPECT_TRUE(reports.empty());
  table.take({1, 1}, rule, 1, 0, false);
  table.take({1, 1}, rule, 1, 0, true);  // told otherwise
  table.collect(reports, 10);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].key, (BucketKey{1, 1}));
  EXPECT_DOUBLE_EQ(reports[0].tokens, 10);
  reports.clear();
  table.collect(reports, 10);
  EXPECT_TRUE(reports.empty());
  // Near the limit each token is told.
  for (int i = 0; i < 40; ++i) table.take({1, 1}, rule, 1, 0, true);
  table.take({1, 1}, rule, 1, 0, false);
  table.collect(reports, 10);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_DOUBLE_EQ(reports[0].tokens, 1);
}

TEST(BucketTable, ReportsNoMoreThanWantedAndTheOthersNext) {
  BucketTable table(4'096, seed);
  const Rule rule = make_rule(1, 0.001);
  for (std::uint64_t i = 0; i < 100; ++i) table.take({i, 0}, rule, 1, 0, false);
  std::vector<Report> reports;
  table.collect(reports, 30);
  EXPECT_EQ(reports.size(), 30u);
  table.collect(reports, 1'000);
  EXPECT_EQ(reports.size(), 100u);
}

TEST(BucketTable, TakesOverTheLevelOfTheClusterWithWhatIsUntoldOnTop) {
  BucketTable table(1'024, seed);
  const Rule rule = make_rule(10, 0.001);
  for (int i = 0; i < 3; ++i) table.take({1, 1}, rule, 1, 0, false);
  table.set_level({1, 1}, rule, 6, 0);
  EXPECT_TRUE(table.take({1, 1}, rule, 1, 0, false).is_taken);
  EXPECT_FALSE(table.take({1, 1}, rule, 1, 0, false).is_taken);
  table.set_level({2, 2}, rule, 6, 0);  // nobody of this node: nothing
  EXPECT_TRUE(table.take({2, 2}, rule, 10, 0, false).is_taken);
}

}  // namespace
}  // namespace signaling::rate_limit
