// A Sentinel set: the master is found, and followed wherever it goes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/redis_servers.hpp"
#include "test_backend.hpp"

namespace signaling::redis_adapter {
namespace {

using namespace std::chrono_literals;
using test::RedisSentinelSet;
using ::testing::HasSubstr;

class SentinelSet : public ::testing::Test {
 protected:
  BackendOptions options() { return options_for(set.urls(), TopologyKind::sentinel); }
  RedisSentinelSet set;
};

TEST_F(SentinelSet, LeadsToItsMaster) {
  auto urls = set.urls();
  // The first one is dead: the next is asked.
  urls.insert(urls.begin(), "redis://127.0.0.1:" + std::to_string(test::free_port()));
  TestBackend redis(options_for(urls, TopologyKind::sentinel));
  ASSERT_TRUE(redis.wait_up());
  EXPECT_EQ(redis.command(0, {"SET", "a", "b"}).text, "OK");
  EXPECT_EQ(set.master().command({"GET", "a"}), "b");
}

TEST_F(SentinelSet, IsFollowedWhenTheMasterDies) {
  TestBackend redis(options());
  ASSERT_TRUE(redis.wait_up());
  ASSERT_EQ(redis.subscribe(0, "news").outcome, Outcome::ok);
  set.master().kill();
  ASSERT_TRUE(redis.wait_down());
  ASSERT_TRUE(redis.wait_up(30s));
  EXPECT_EQ(redis.events, (std::vector<std::string>{"up", "down", "up new"}));
  EXPECT_EQ(set.current_port(), set.replica().port());
  EXPECT_EQ(redis.command(0, {"SET", "a", "b"}).text, "OK");
  EXPECT_EQ(set.replica().command({"GET", "a"}), "b");
  EXPECT_EQ(redis.publish(0, "news", "x").integer, 1);
  // The old one comes back as a replica, and is left alone.
  set.master().start();
  redis.run_for(500ms);
  EXPECT_TRUE(redis->are_all_up());
}

TEST_F(SentinelSet, IsFollowedWhenTheMasterIsMovedAtWill) {
  TestBackend redis(options());
  ASSERT_TRUE(redis.wait_up());
  EXPECT_EQ(set.sentinels().front()->command({"SENTINEL", "FAILOVER", "mymaster"}), "OK");
  ASSERT_TRUE(
      redis.run_until([&] { return redis.events.size() >= 3 && redis->are_all_up() && redis.events.back() == "up new"; }, 30s));
  EXPECT_EQ(redis.command(0, {"SET", "a", "b"}).text, "OK");
  EXPECT_EQ(set.replica().command({"GET", "a"}), "b");
}

TEST_F(SentinelSet, IsFollowedWhenTheMasterHangs) {
  auto hurried = options();
  hurried.command_timeout = 1s;
  hurried.connect_timeout = 500ms;
  TestBackend redis(hurried);
  ASSERT_TRUE(redis.wait_up());
  set.master().pause();
  ASSERT_TRUE(redis.wait_down(10s));
  ASSERT_TRUE(redis.wait_up(30s));
  EXPECT_EQ(redis.command(0, {"SET", "a", "b"}).text, "OK");
  EXPECT_EQ(set.replica().command({"GET", "a"}), "b");
}

TEST_F(SentinelSet, MayGoAwayWhileTheMasterStays) {
  TestBackend redis(options());
  ASSERT_TRUE(redis.wait_up());
  for (auto& sentinel : set.sentinels()) sentinel->kill();
  redis.run_for(2500ms);
  EXPECT_EQ(redis.command(0, {"SET", "a", "b"}).text, "OK");
  EXPECT_EQ(redis.events, (std::vector<std::string>{"up"}));
}

TEST_F(SentinelSet, RefusesANameThatItDoesNotKnow) {
  auto wrong = options();
  wrong.sentinel_master = "other";
  TestBackend redis(wrong);
  ASSERT_TRUE(redis.run_until([&] { return !redis.refusals.empty(); }));
  EXPECT_THAT(redis.refusals.front(), HasSubstr("\"other\""));
}

}  // namespace
}  // namespace signaling::redis_adapter
