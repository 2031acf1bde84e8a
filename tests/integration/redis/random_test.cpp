// Random commands, subscriptions and faults on one server, checked against a model. The seed is printed where it fails.

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "redis_adapter/partitions.hpp"
#include "support/redis_servers.hpp"
#include "test_backend.hpp"

namespace signaling::redis_adapter {
namespace {

using namespace std::chrono_literals;

/// Numbered messages on a channel that is wanted all the time: one may be missed only where its partition was down in between.
class GapWatch {
 public:
  explicit GapWatch(TestBackend& redis) {
    redis.on_down_hook = [this](Partition partition) { is_gap_allowed_[partition] = true; };
    redis.on_message_hook = [this, &redis](const Message& message) {
      if (!message.payload.starts_with("number ")) return;
      const auto number = std::stoll(message.payload.substr(7));
      auto& last = last_[message.partition];
      EXPECT_GT(number, last) << message.channel;
      if (number != last + 1) {
        EXPECT_TRUE(is_gap_allowed_[message.partition]) << message.channel << ": " << last << " then " << number;
        ++gaps;
      }
      is_gap_allowed_[message.partition] = !redis->is_up(message.partition);
      last = number;
      ++heard;
    };
  }
  int heard = 0;
  int gaps = 0;

 private:
  std::map<Partition, bool> is_gap_allowed_;
  std::map<Partition, long long> last_;
};

TEST(RandomFaults, LeaveEveryHandlerToldOnceInOrderAndTheSubscriptionsAsWanted) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto any_of = [&](unsigned int count) { return std::uniform_int_distribution<unsigned int>(0, count - 1)(random); };

  test::RedisServer server;
  server.start();
  TestBackend redis(options_for({server.url()}));
  GapWatch watch(redis);
  ASSERT_TRUE(redis.wait_up());
  ASSERT_EQ(redis.subscribe(0, "numbers").outcome, Outcome::ok);

  std::vector<int> told;  // by command: how often its handler was called
  long long last_answer = 0;
  long long answered = 0, unsure = 0;
  std::vector<int> subscribed;  // the same for subscriptions
  std::set<std::string> wanted;
  long long number = 0;
  const auto end = std::chrono::steady_clock::now() + 5s;
  while (std::chrono::steady_clock::now() < end) {
    for (unsigned int i = any_of(8); i > 0; --i) {
      const std::vector<std::string_view> args{"INCR", "n"};
      told.push_back(0);
      redis->command(0, args, 3s, [&, index = told.size() - 1](const Reply& reply) {
        ++told[index];
        if (reply) {
          // One counter on one server that keeps its data: what is carried out later counts on.
          EXPECT_GT(reply.integer(), last_answer);
          last_answer = reply.integer();
          ++answered;
        } else if (!reply.is_unsent()) {
          ++unsure;
        }
      });
    }
    for (unsigned int i = any_of(4); i > 0; --i) {
      const auto channel = "c" + std::to_string(any_of(40));
      if (any_of(2) == 0) {
        wanted.insert(channel);
        subscribed.push_back(0);
        redis->subscribe(0, channel, [&, index = subscribed.size() - 1](const Reply&) { ++subscribed[index]; });
      } else {
        wanted.erase(channel);
        redis->unsubscribe(0, channel);
      }
    }
    server.command({"PUBLISH", "numbers", "number " + std::to_string(++number)});
    switch (any_of(60)) {
      case 0: server.command({"CLIENT", "KILL", "TYPE", "pubsub"}); break;
      case 1: server.command({"CLIENT", "KILL", "TYPE", "normal"}); break;
      case 2: redis->restart_subscriber(0, "random"); break;
      case 3: redis->reconnect(0, "random"); break;
      case 4: server.command({"SCRIPT", "FLUSH"}); break;
      default: break;
    }
    redis.run_for(std::chrono::milliseconds(any_of(6)));
  }
  ASSERT_TRUE(redis.wait_up());
  ASSERT_TRUE(redis.run_until([&] {
    const auto is_once = [](int count) { return count == 1; };
    return std::all_of(told.begin(), told.end(), is_once) && std::all_of(subscribed.begin(), subscribed.end(), is_once) &&
           redis->stats().subscriptions_pending == 0;
  }));
  // Whatever was answered was carried out; whatever was said not to be sent was not.
  const auto carried_out = std::stoll(server.command({"GET", "n"}));
  EXPECT_GE(carried_out, answered);
  EXPECT_LE(carried_out, answered + unsure);
  std::set<std::string> actual;
  for (int i = 0; i < 40; ++i) {
    const auto channel = "c" + std::to_string(i);
    if (server.command({"PUBSUB", "NUMSUB", channel}) == channel + "\n1") actual.insert(channel);
  }
  EXPECT_EQ(actual, wanted);
  EXPECT_EQ(redis->stats().queue_bytes, 0u);
  EXPECT_GT(watch.heard, 100);
}

TEST(RandomMigrations, LoseNoCommandAndNoMessageWithoutAWord) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto any_of = [&](unsigned int count) { return std::uniform_int_distribution<unsigned int>(0, count - 1)(random); };
  constexpr Partition moving = 4;  // partitions that take part, all of the first master at the beginning

  test::RedisCluster cluster(3);
  const Partitions partitions(cluster_partitions);
  TestBackend redis(options_for(cluster.urls(), TopologyKind::cluster));
  GapWatch watch(redis);
  ASSERT_TRUE(redis.wait_up());
  const auto name = [&](Partition partition, const std::string& text) { return std::string(partitions.tag(partition)) + text; };
  for (Partition partition = 0; partition < moving; ++partition)
    ASSERT_EQ(redis.subscribe(partition, name(partition, "numbers")).outcome, Outcome::ok);

  const Script add("redis.call('INCR', KEYS[2]); return redis.call('INCR', KEYS[1])");
  std::vector<std::size_t> owners(moving, 0);
  std::vector<long long> numbers(moving, 0), sent(moving, 0), answered(moving, 0);
  const auto end = std::chrono::steady_clock::now() + 6s;
  int moves = 0;
  while (std::chrono::steady_clock::now() < end) {
    for (int i = 0; i < 5; ++i) {
      const auto partition = any_of(moving);
      const std::string n = name(partition, "n"), m = name(partition, "m");
      const std::vector<std::string_view> keys{n, m};
      const auto expected = ++sent[partition];
      redis->eval(partition, add, keys, {}, 10s, [&, partition, expected](const Reply& reply) {
        EXPECT_TRUE(reply) << reply.text;
        EXPECT_EQ(reply.integer(), expected);
        ++answered[partition];
      });
      const auto to = any_of(moving);
      cluster.master(owners[to]).command({"SPUBLISH", name(to, "numbers"), "number " + std::to_string(++numbers[to])});
      redis.run_for(std::chrono::milliseconds(any_of(5)));
    }
    const auto partition = any_of(moving);
    const auto slot = partitions.slot(partition);
    const auto from = owners[partition];
    const auto to = (from + 1 + any_of(2)) % 3;
    cluster.open_slot(slot, from, to);
    redis.run_for(std::chrono::milliseconds(any_of(20)));
    cluster.move_keys(slot, from, to);
    redis.run_for(std::chrono::milliseconds(any_of(20)));
    cluster.close_slot(slot, from, to);
    owners[partition] = to;
    ++moves;
    if (any_of(3) == 0) redis.run_for(std::chrono::milliseconds(any_of(300)));
  }
  ASSERT_TRUE(redis.run_until([&] { return answered == sent; })) << "after " << moves << " moves";
  ASSERT_TRUE(redis.wait_up());
  for (Partition partition = 0; partition < moving; ++partition)
    EXPECT_TRUE(redis.run_until([&] {
      return cluster.master(owners[partition]).command({"PUBSUB", "SHARDNUMSUB", name(partition, "numbers")}) ==
                 name(partition, "numbers") + "\n1" &&
             redis->are_all_up();
    })) << partition;
  EXPECT_GT(moves, 5);
  EXPECT_GT(watch.heard, 50);
}

}  // namespace
}  // namespace signaling::redis_adapter
