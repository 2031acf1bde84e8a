#include "cluster/recent_keys.hpp"

#include <deque>
#include <random>
#include <unordered_set>

#include <gtest/gtest.h>

namespace signaling::socketio::cluster {
namespace {

TEST(RecentKeys, NothingIsThereAtFirst) {
  const RecentKeys keys;
  EXPECT_FALSE(keys.has(0));
  EXPECT_FALSE(keys.has(7));
}

TEST(RecentKeys, AKeyIsAddedOnce) {
  RecentKeys keys;
  EXPECT_TRUE(keys.add(0));
  EXPECT_FALSE(keys.add(0));
  EXPECT_TRUE(keys.has(0));
  EXPECT_FALSE(keys.has(1));
}

TEST(RecentKeys, TheOldestIsForgottenForTheNewest) {
  RecentKeys keys;
  for (std::uint64_t key = 0; key < RecentKeys::capacity; ++key) ASSERT_TRUE(keys.add(key));
  EXPECT_FALSE(keys.add(0)) << "which makes it no younger";
  EXPECT_TRUE(keys.add(RecentKeys::capacity));
  EXPECT_FALSE(keys.has(0));
  for (std::uint64_t key = 1; key <= RecentKeys::capacity; ++key) ASSERT_TRUE(keys.has(key)) << key;
}

// Few different keys in some of their bits, so that chains are long, and many come again.
TEST(RecentKeys, IsWhatASetAndAQueueAre) {
  RecentKeys keys;
  std::unordered_set<std::uint64_t> expected;
  std::deque<std::uint64_t> order;
  std::mt19937_64 random(4711);
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t key = (random() % 20'000) << (random() % 3 * 20);
    ASSERT_EQ(keys.has(key), expected.contains(key));
    const bool is_new = expected.insert(key).second;
    ASSERT_EQ(keys.add(key), is_new);
    if (!is_new) continue;
    order.push_back(key);
    if (order.size() > RecentKeys::capacity) {
      expected.erase(order.front());
      ASSERT_FALSE(keys.has(order.front()));
      order.pop_front();
    }
  }
  for (const std::uint64_t key : order) ASSERT_TRUE(keys.has(key));
}

}  // namespace
}  // namespace signaling::socketio::cluster
