// Start, health, reload and stop.

#include <thread>

#include "adapter_node.hpp"

namespace signaling::testing {
namespace {

using plugin_api::Status;

using LifecycleContract = ::testing::Test;

TEST_F(LifecycleContract, IsHealthySoonAfterItsStart) {
  AdapterNode node;
  EXPECT_TRUE(node.wait_until_healthy());
}

TEST_F(LifecycleContract, TakesTheSameTableAgain) {
  AdapterNode node;
  FakeProblems problems;
  node.adapter().reload(node.config(), problems);
  EXPECT_TRUE(problems.list.empty());
  EXPECT_EQ(node.put(unique_name("room"), "a", "1").status, Status::ok);
}

TEST_F(LifecycleContract, TellsNothingAfterStop) {
  AdapterNode node;
  const std::string topic = unique_name("topic");
  node.subscribe(topic);
  node.put(unique_name("room"), "a", "1");
  node.stop();
  const std::size_t calls = node.events().record().calls;
  EXPECT_FALSE(node.events().wait_until([&](const EventRecord& record) { return record.calls != calls; }, 100ms));
}

TEST_F(LifecycleContract, CompletesEveryHandlerBeforeStopReturns) {
  std::vector<Pending<PresenceAnswer>> pending;
  AdapterNode node;
  const std::string room = unique_name("room");
  for (int i = 0; i < 100; ++i) pending.push_back(node.start_put(room, std::to_string(i), "v"));
  node.stop();
  for (const auto& each : pending) EXPECT_TRUE(each.is_done());
}

TEST_F(LifecycleContract, StopsWhileOtherThreadsHaveJustCalledIt) {
  AdapterNode node;
  const std::string room = unique_name("room");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string name = std::to_string(t) + '.' + std::to_string(i);
        node.put(room, name, "v");
        node.publish_to_topic(room, name);
        node.remove(room, name);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  node.stop();
}

TEST_F(LifecycleContract, ComesAndGoesAgainAndAgain) {
  for (int i = 0; i < 3; ++i) {
    AdapterNode node;
    EXPECT_TRUE(node.wait_until_healthy());
    EXPECT_EQ(node.put(unique_name("room"), "a", "1").status, Status::ok);
  }
}

}  // namespace
}  // namespace signaling::testing
