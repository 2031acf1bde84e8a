// What counters owe the plugins that share them: signaling/plugin_api/counters.hpp.

#include <string>
#include <thread>
#include <vector>

#include "adapter_node.hpp"

namespace signaling::testing {
namespace {

using plugin_api::CounterLevel;
using plugin_api::CounterTake;
using plugin_api::no_counter_limit;
using plugin_api::Status;

/// So slow that nothing leaks away during a test.
constexpr double hardly = 1e-6;

void expect_level(const CounterLevel& level, bool is_taken, double value) {
  EXPECT_EQ(level.status, Status::ok);
  EXPECT_EQ(level.is_taken, is_taken);
  EXPECT_NEAR(level.level, value, 0.01);
}

TEST(CounterContract, TakesUpToTheLimitAndSaysTheLevel) {
  AdapterNode node;
  ASSERT_TRUE(node.wait_until_healthy());
  const std::string key = unique_name("counter");
  expect_level(node.take({key, 2, hardly, 3}), true, 2);
  expect_level(node.take({key, 2, hardly, 3}), false, 2);
  expect_level(node.take({key, 1, hardly, 3}), true, 3);
  expect_level(node.take({key, 0.5, hardly, 3}), false, 3);
  expect_level(node.take({key, 0.5, hardly, 4}), true, 3.5);
  expect_level(node.take({unique_name("counter"), 4, hardly, 3}), false, 0);
}

TEST(CounterContract, GivesBackAndTakesInAnyCaseWithoutALimit) {
  AdapterNode node;
  ASSERT_TRUE(node.wait_until_healthy());
  const std::string key = unique_name("counter");
  expect_level(node.take({key, 10, hardly, no_counter_limit}), true, 10);
  expect_level(node.take({key, 1, hardly, 3}), false, 10);
  expect_level(node.take({key, -8, hardly, no_counter_limit}), true, 2);
  expect_level(node.take({key, 1, hardly, 3}), true, 3);
  expect_level(node.take({key, -100, hardly, no_counter_limit}), true, 0);
  expect_level(node.take({key, 1, hardly, 3}), true, 1);
}

TEST(CounterContract, LeaksByItsRate) {
  AdapterNode node;
  ASSERT_TRUE(node.wait_until_healthy());
  const std::string key = unique_name("counter");
  // A thousand units, a thousand a second: a millisecond takes one.
  expect_level(node.take({key, 1'000, hardly, 1'000}), true, 1'000);
  const auto begin = std::chrono::steady_clock::now();
  CounterLevel level;
  do {
    std::this_thread::sleep_for(1ms);
    level = node.take({key, 0, 1'000, no_counter_limit});
    EXPECT_EQ(level.status, Status::ok);
    ASSERT_LT(std::chrono::steady_clock::now() - begin, patience);
  } while (level.level > 700);
  // Not sooner than it may; both clocks are of this machine.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 290ms);
}

TEST(CounterContract, DecidesEachForItselfAndAnswersInOrder) {
  AdapterNode node;
  ASSERT_TRUE(node.wait_until_healthy());
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < plugin_api::max_counter_takes; ++i) keys.push_back(unique_name("counter"));
  std::vector<CounterTake> takes;
  for (std::size_t i = 0; i < keys.size(); ++i) takes.push_back({keys[i], static_cast<double>(i), hardly, 100});
  const std::vector<CounterLevel> levels = node.take(takes);
  ASSERT_EQ(levels.size(), keys.size());
  for (std::size_t i = 0; i < levels.size(); ++i) expect_level(levels[i], i <= 100, i <= 100 ? static_cast<double>(i) : 0);
  // The same key twice: one after the other.
  const std::string key = std::string("\0\r\n*\xff ", 6) + unique_name("any bytes");
  const CounterTake twice[] = {{key, 2, hardly, 3}, {key, 2, hardly, 3}};
  const std::vector<CounterLevel> both = node.take(twice);
  ASSERT_EQ(both.size(), 2u);
  expect_level(both[0], true, 2);
  expect_level(both[1], false, 2);
}

TEST(CounterContract, IsAtomicAmongThreads) {
  AdapterNode node;
  ASSERT_TRUE(node.wait_until_healthy());
  const std::string key = unique_name("counter");
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) taken += node.take({key, 1, hardly, 77}).is_taken ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 77);
}

TEST(CounterContract, AnswersAfterItsStop) {
  AdapterNode node;
  ASSERT_TRUE(node.wait_until_healthy());
  node.stop();
  EXPECT_EQ(node.take({"counter", 1, 1, 1}).status, Status::closed);
}

TEST(ClusterCounterContract, NodesShareThem) {
  AdapterNode one("AAAA", "one"), other("BBBB", "other");
  ASSERT_TRUE(one.wait_until_healthy() && other.wait_until_healthy());
  const std::string key = unique_name("counter");
  expect_level(one.take({key, 2, hardly, 3}), true, 2);
  expect_level(other.take({key, 2, hardly, 3}), false, 2);
  expect_level(other.take({key, 1, hardly, 3}), true, 3);
  expect_level(one.take({key, 1, hardly, 3}), false, 3);
}

}  // namespace
}  // namespace signaling::testing
