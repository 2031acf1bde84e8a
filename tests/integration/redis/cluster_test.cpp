// A cluster: partitions over its masters, slots that move under way, masters that die.

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis_adapter/partitions.hpp"
#include "support/redis_servers.hpp"
#include "test_backend.hpp"

namespace signaling::redis_adapter {
namespace {

using namespace std::chrono_literals;
using test::RedisCluster;
using ::testing::HasSubstr;

std::string key(Backend& backend, Partition partition, const std::string& name) {
  return "test:" + std::string(backend.tag(partition)) + ":" + name;
}

class ThreeMasters : public ::testing::Test {
 protected:
  ThreeMasters() : cluster(3) {}
  BackendOptions options() { return options_for({cluster.urls().front()}, TopologyKind::cluster); }
  std::uint32_t slot(Partition partition) { return partitions.slot(partition); }
  RedisCluster cluster;
  Partitions partitions{cluster_partitions};
};

TEST_F(ThreeMasters, ShareThePartitions) {
  TestBackend redis(options());
  ASSERT_TRUE(redis.wait_up());
  ASSERT_EQ(redis->partition_count(), 256u);
  for (const Partition partition : {0u, 100u, 255u}) {
    const auto k = key(redis.backend(), partition, "k");
    EXPECT_EQ(redis.command(partition, {"SET", k, "v"}).text, "OK");
    EXPECT_EQ(cluster.master(cluster.owner_of(slot(partition))).command({"GET", k}), "v");
  }
  EXPECT_EQ(redis->stats().retries, 0u);
  // Two to each master, and no other is left open.
  EXPECT_EQ(redis->stats().connections, 6u);
}

TEST_F(ThreeMasters, CarryShardedMessages) {
  TestBackend redis(options());
  TestBackend other(options());
  ASSERT_TRUE(redis.wait_up());
  ASSERT_TRUE(other.wait_up());
  for (Partition partition = 0; partition < 256; ++partition)
    redis->subscribe(partition, key(redis.backend(), partition, "c"), redis.recorder());
  ASSERT_TRUE(redis.run_until([&] { return redis.told.size() == 256; }));
  for (const auto& told : redis.told) ASSERT_EQ(told.outcome, Outcome::ok);
  for (Partition partition = 0; partition < 256; ++partition)
    EXPECT_EQ(other.publish(partition, key(redis.backend(), partition, "c"), "x").integer, 1);
  ASSERT_TRUE(redis.run_until([&] { return redis.messages.size() == 256; }));
  std::set<Partition> heard;
  for (const auto& message : redis.messages) heard.insert(message.partition);
  EXPECT_EQ(heard.size(), 256u);
}

TEST_F(ThreeMasters, RunScriptsAndFollowAPartitionThatMoves) {
  const Script add("redis.call('RPUSH', KEYS[1], ARGV[1]); return redis.call('INCR', KEYS[2])");
  TestBackend redis(options());
  ASSERT_TRUE(redis.wait_up());
  const auto list = key(redis.backend(), 10, "list");
  const auto count = key(redis.backend(), 10, "count");
  const auto channel = key(redis.backend(), 10, "c");
  ASSERT_EQ(redis.subscribe(10, channel).outcome, Outcome::ok);
  ASSERT_EQ(redis.eval(10, add, {list, count}, {"0"}).integer, 1);
  redis.events.clear();

  // Commands go on at every stage of the migration, and none of them fails or overtakes another.
  std::size_t sent = 0;
  const auto go_on = [&](std::chrono::milliseconds time) {
    redis.run_until(
        [&] {
          const auto number = std::to_string(++sent);
          const std::vector<std::string_view> keys{list, count};
          const std::vector<std::string_view> args{number};
          redis->eval(10, add, keys, args, 10s, redis.recorder());
          return false;
        },
        time);
  };
  redis.told.clear();
  go_on(50ms);
  cluster.open_slot(slot(10), 0, 1);
  go_on(100ms);
  cluster.move_keys(slot(10), 0, 1);
  go_on(100ms);
  cluster.close_slot(slot(10), 0, 1);
  go_on(300ms);
  ASSERT_TRUE(redis.run_until([&] { return redis.told.size() == sent && redis->are_all_up(); }));
  for (std::size_t i = 0; i < sent; ++i) {
    ASSERT_EQ(redis.told[i].outcome, Outcome::ok) << i << ": " << redis.told[i];
    ASSERT_EQ(redis.told[i].integer, static_cast<long long>(i) + 2);
  }
  std::string expected = "0";
  for (std::size_t i = 1; i <= sent; ++i) expected += "\n" + std::to_string(i);
  EXPECT_EQ(cluster.master(1).command({"LRANGE", list, "0", "-1"}), expected);
  EXPECT_EQ(redis.events, (std::vector<std::string>{"down", "up moved"}));
  EXPECT_EQ(redis.publish(10, channel, "x").integer, 1);
  EXPECT_EQ(cluster.master(1).command({"PUBSUB", "SHARDNUMSUB", channel}), channel + "\n1");
  EXPECT_EQ(redis.publish(11, key(redis.backend(), 11, "c"), "x").outcome, Outcome::ok);
}

/// The two keys of a script lie on two masters: its slot is on the way, and only the first has been moved.
class ScriptOnTwoMasters : public ThreeMasters {
 protected:
  void SetUp() override {
    ASSERT_TRUE(redis.wait_up());
    a = key(redis.backend(), partition, "a");
    b = key(redis.backend(), partition, "b");
    ASSERT_EQ(redis.eval(partition, add, {a, b}, {}).integer, 1);
    cluster.open_slot(slot(partition), 0, 1);
    ASSERT_EQ(cluster.master(0).command({"MIGRATE", "127.0.0.1", std::to_string(cluster.master(1).port()), a, "0", "5000"}),
              "OK");
  }
  void add_once(std::chrono::milliseconds timeout) {
    const std::vector<std::string_view> keys{a, b};
    redis->eval(partition, add, keys, {}, timeout, redis.recorder());
  }

  static constexpr Partition partition = 30;
  const Script add{"redis.call('INCR', KEYS[1]); return redis.call('INCR', KEYS[2])"};
  TestBackend redis{options()};
  std::string a;
  std::string b;
};

TEST_F(ScriptOnTwoMasters, IsHeldBack) {
  for (int i = 0; i < 3; ++i) add_once(10s);
  redis.run_for(100ms);
  EXPECT_EQ(redis.told.size(), 1u);  // TRYAGAIN is told to nobody
  cluster.move_keys(slot(partition), 0, 1);
  cluster.close_slot(slot(partition), 0, 1);
  ASSERT_TRUE(redis.run_until([&] { return redis.told.size() == 4; }));
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(redis.told[i].integer, static_cast<long long>(i) + 1) << redis.told[i];
}

TEST_F(ScriptOnTwoMasters, IsToldOfWhenItWasHeldBackForTooLong) {
  add_once(300ms);
  ASSERT_TRUE(redis.run_until([&] { return redis.told.size() == 2; }, 2s));
  EXPECT_TRUE(redis.told[1].outcome == Outcome::away || redis.told[1].outcome == Outcome::timeout) << redis.told[1];
  EXPECT_EQ(cluster.master(0).command({"GET", b}), "1");
}

TEST_F(ThreeMasters, TellOfAMoveThroughTheSubscriptionAlone) {
  TestBackend redis(options());
  ASSERT_TRUE(redis.wait_up());
  const auto channel = key(redis.backend(), 20, "c");
  ASSERT_EQ(redis.subscribe(20, channel).outcome, Outcome::ok);
  redis.events.clear();
  cluster.open_slot(slot(20), 0, 2);
  cluster.close_slot(slot(20), 0, 2);
  // Nothing is sent: the server ends the subscription, and that is the sign.
  ASSERT_TRUE(redis.run_until([&] { return redis.events.size() == 2; }));
  EXPECT_EQ(redis.events, (std::vector<std::string>{"down", "up moved"}));
  EXPECT_EQ(redis.publish(20, channel, "x").integer, 1);
}

TEST_F(ThreeMasters, AreFoundThroughAnyOfTheSeeds) {
  auto urls = cluster.urls();
  urls.insert(urls.begin(), "redis://127.0.0.1:" + std::to_string(test::free_port()));
  TestBackend redis(options_for(urls, TopologyKind::cluster));
  EXPECT_TRUE(redis.wait_up());
}

TEST_F(ThreeMasters, ComeBackAfterARestart) {
  TestBackend redis(options());
  ASSERT_TRUE(redis.wait_up());
  const auto channel = key(redis.backend(), 200, "c");
  ASSERT_EQ(redis.subscribe(200, channel).outcome, Outcome::ok);
  const auto owner = cluster.owner_of(slot(200));
  cluster.master(owner).kill();
  ASSERT_TRUE(redis.run_until([&] { return !redis->is_up(200); }));
  EXPECT_TRUE(redis->is_up(0));
  EXPECT_EQ(redis.command(0, {"SET", key(redis.backend(), 0, "k"), "v"}).outcome, Outcome::ok);
  cluster.master(owner).start();
  ASSERT_TRUE(redis.wait_up());
  EXPECT_EQ(redis.events, (std::vector<std::string>{"up", "up", "up", "down", "up new"}));
  EXPECT_EQ(redis.publish(200, channel, "x").integer, 1);
}

TEST_F(ThreeMasters, MayAllBeRestarted) {
  TestBackend redis(options());
  ASSERT_TRUE(redis.wait_up());
  for (std::size_t i = 0; i < 3; ++i) cluster.master(i).kill();
  ASSERT_TRUE(redis.run_until([&] { return redis->stats().partitions_down == 256; }));
  for (std::size_t i = 0; i < 3; ++i) cluster.master(i).start();
  ASSERT_TRUE(redis.wait_up(20s));
  EXPECT_EQ(redis.command(0, {"SET", key(redis.backend(), 0, "k"), "v"}, 10s).outcome, Outcome::ok);
}

TEST_F(ThreeMasters, DropAMasterWithoutSlots) {
  TestBackend redis(options());
  ASSERT_TRUE(redis.wait_up());
  for (Partition partition = 0; partition < 256; ++partition)
    if (cluster.owner_of(slot(partition)) == 1) {
      cluster.open_slot(slot(partition), 1, 2);
      cluster.close_slot(slot(partition), 1, 2);
    }
  for (Partition partition = 0; partition < 256; ++partition)
    EXPECT_EQ(redis.command(partition, {"SET", key(redis.backend(), partition, "k"), "v"}).outcome, Outcome::ok);
  EXPECT_TRUE(redis.run_until([&] { return redis->stats().connections == 4 && redis->are_all_up(); }));
}

TEST(ClusterWithReplicas, IsFollowedWhenAMasterDies) {
  RedisCluster cluster(3, true);
  TestBackend redis(options_for(cluster.urls(), TopologyKind::cluster));
  ASSERT_TRUE(redis.wait_up());
  const auto channel = key(redis.backend(), 0, "c");
  const auto k = key(redis.backend(), 0, "k");
  ASSERT_EQ(redis.subscribe(0, channel).outcome, Outcome::ok);
  ASSERT_EQ(redis.command(0, {"SET", k, "v"}).text, "OK");
  redis.command(0, {"WAIT", "1", "1000"});
  redis.events.clear();
  cluster.master(0).kill();
  ASSERT_TRUE(redis.wait_down());
  ASSERT_TRUE(redis.wait_up(30s));
  EXPECT_EQ(redis.events, (std::vector<std::string>{"down", "up new"}));
  EXPECT_EQ(redis.command(0, {"GET", k}).text, "v");
  EXPECT_EQ(redis.publish(0, channel, "x").integer, 1);
  EXPECT_EQ(cluster.replica(0).command({"PUBSUB", "SHARDNUMSUB", channel}), channel + "\n1");
}

TEST(ClusterWithReplicas, IsFollowedWhenAReplicaTakesOverAtWill) {
  RedisCluster cluster(3, true);
  TestBackend redis(options_for(cluster.urls(), TopologyKind::cluster));
  ASSERT_TRUE(redis.wait_up());
  const auto channel = key(redis.backend(), 0, "c");
  ASSERT_EQ(redis.subscribe(0, channel).outcome, Outcome::ok);
  redis.events.clear();
  EXPECT_EQ(cluster.replica(0).command({"CLUSTER", "FAILOVER"}), "OK");
  // Commands that meet the old master are led on.
  for (int i = 1; i <= 200; ++i) {
    ASSERT_EQ(redis.command(0, {"INCR", key(redis.backend(), 0, "n")}).integer, i);
    redis.run_for(5ms);
  }
  ASSERT_TRUE(redis.run_until([&] { return redis.events.size() >= 2 && redis->are_all_up(); }));
  EXPECT_EQ(redis.events.back(), "up new");
  EXPECT_EQ(redis.publish(0, channel, "x").integer, 1);
}

TEST(NoCluster, IsRefused) {
  test::RedisServer server;
  server.start();
  TestBackend redis(options_for({server.url()}, TopologyKind::cluster));
  ASSERT_TRUE(redis.run_until([&] { return !redis.refusals.empty(); }));
  EXPECT_THAT(redis.refusals.front(), HasSubstr("no Redis Cluster node"));
}

TEST(NoCluster, IsRefusedWhileItHasNoSlots) {
  test::RedisServer server({"cluster-enabled yes"});
  server.start();
  TestBackend redis(options_for({server.url()}, TopologyKind::cluster));
  ASSERT_TRUE(redis.run_until([&] { return !redis.refusals.empty(); }));
  EXPECT_THAT(redis.refusals.front(), HasSubstr("no slots"));
  server.command({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"});
  EXPECT_TRUE(redis.wait_up());
}

}  // namespace
}  // namespace signaling::redis_adapter
