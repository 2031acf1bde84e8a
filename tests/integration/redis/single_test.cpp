// One server: commands, scripts, subscriptions, and how the connections come back.

#include <gtest/gtest.h>

#include "support/redis_servers.hpp"
#include "test_backend.hpp"

namespace signaling::redis_adapter {
namespace {

using namespace std::chrono_literals;
using test::RedisServer;

class SingleServer : public ::testing::Test {
 protected:
  SingleServer() { server.start(); }
  RedisServer server;
};

TEST_F(SingleServer, CarriesOutCommands) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  EXPECT_EQ(redis->partition_count(), 1u);
  EXPECT_EQ(redis.command(0, {"SET", "a", std::string("b\0c", 3)}).text, "OK");
  EXPECT_EQ(redis.command(0, {"GET", "a"}).text, std::string("b\0c", 3));
  EXPECT_EQ(redis.command(0, {"INCR", "n"}).integer, 1);
  const auto wrong = redis.command(0, {"INCR", "a"});
  EXPECT_EQ(wrong.outcome, Outcome::server);
  EXPECT_TRUE(wrong.text.starts_with("ERR ")) << wrong;
}

TEST_F(SingleServer, UsesTwoConnectionsWithNames) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  const auto list =
      redis.command(0, {"CLIENT", "LIST", "TYPE", "normal"}).text + redis.command(0, {"CLIENT", "LIST", "TYPE", "pubsub"}).text;
  EXPECT_NE(list.find("name=signaling "), std::string::npos) << list;
  EXPECT_NE(list.find("name=signaling:sub "), std::string::npos) << list;
  EXPECT_EQ(redis->stats().connections, 2u);
}

TEST_F(SingleServer, KeepsTheOrderOfCommandsAndAnswers) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  for (int i = 0; i < 2'000; ++i) {
    const std::vector<std::string_view> args{"INCR", "n"};
    redis->command(0, args, 5s, redis.recorder());
  }
  ASSERT_TRUE(redis.run_until([&] { return redis.told.size() == 2'000; }));
  for (int i = 0; i < 2'000; ++i) ASSERT_EQ(redis.told[static_cast<std::size_t>(i)].integer, i + 1);
  EXPECT_EQ(redis->stats().queue_bytes, 0u);
}

TEST_F(SingleServer, RunsScriptsThatTheServerDoesNotKnow) {
  const Script script("return {KEYS[1], ARGV[1], ARGV[2]}");
  const Script sum("return tonumber(ARGV[1]) + redis.call('INCR', KEYS[1])");
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  EXPECT_EQ(redis.eval(0, sum, {"k"}, {"10"}).integer, 11);
  EXPECT_EQ(redis.eval(0, sum, {"k"}, {"10"}).integer, 12);
  EXPECT_NE(redis.command(0, {"INFO", "commandstats"}).text.find("cmdstat_evalsha"), std::string::npos);
  EXPECT_EQ(redis.command(0, {"SCRIPT", "FLUSH"}).text, "OK");
  EXPECT_EQ(redis.eval(0, sum, {"k"}, {"10"}).integer, 13);
  EXPECT_EQ(redis.eval(0, script, {"k"}, {"", "x"}).outcome, Outcome::ok);
}

TEST_F(SingleServer, KeepsTheOrderWhereAScriptIsFlushed) {
  const Script append("return redis.call('RPUSH', KEYS[1], ARGV[1])");
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  ASSERT_EQ(redis.eval(0, append, {"l"}, {"first"}).integer, 1);
  server.command({"SCRIPT", "FLUSH"});
  const std::vector<std::string_view> keys{"l"};
  for (const std::string text : {"a", "b", "c"}) {
    const std::vector<std::string_view> args{text};
    redis->eval(0, append, keys, args, 5s, redis.recorder());
  }
  ASSERT_TRUE(redis.run_until([&] { return redis.told.size() == 4; }));
  EXPECT_EQ(server.command({"LRANGE", "l", "0", "-1"}), "first\na\nb\nc");
}

TEST_F(SingleServer, DeliversMessagesOfSubscribedChannels) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  EXPECT_EQ(redis.publish(0, "news", "nobody").integer, 0);
  EXPECT_EQ(redis.subscribe(0, "news").outcome, Outcome::ok);
  EXPECT_EQ(redis.subscribe(0, "news").outcome, Outcome::ok);
  EXPECT_EQ(redis.publish(0, "news", "hello").integer, 1);
  ASSERT_TRUE(redis.run_until([&] { return !redis.messages.empty(); }));
  EXPECT_EQ(redis.messages, (std::vector<Message>{{0, "news", "hello"}}));
  redis->unsubscribe(0, "news");
  ASSERT_TRUE(redis.run_until([&] { return server.command({"PUBSUB", "NUMSUB", "news"}) == "news\n0"; }));
  EXPECT_TRUE(redis.run_until([&] { return redis->stats().subscriptions == 0; }));
}

TEST_F(SingleServer, SubscribesAndUnsubscribesAsLastAsked) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  // Within one turn, over two turns, and against what is under way.
  for (int i = 0; i < 200; ++i) {
    redis->subscribe(0, "c" + std::to_string(i % 7), nullptr);
    if (i % 3 == 0) redis->unsubscribe(0, "c" + std::to_string(i % 5));
    if (i % 4 == 0) redis.run_for(1ms);
  }
  redis->unsubscribe(0, "c0");
  redis->subscribe(0, "c1", redis.recorder());
  redis->subscribe(0, "c2", nullptr);
  redis->unsubscribe(0, "c2");
  ASSERT_TRUE(redis.run_until([&] { return !redis.told.empty() && redis->stats().subscriptions_pending == 0; }));
  EXPECT_EQ(redis.told.front().outcome, Outcome::ok);
  EXPECT_EQ(server.command({"PUBSUB", "NUMSUB", "c0", "c1", "c2"}), "c0\n0\nc1\n1\nc2\n0");
}

TEST_F(SingleServer, TellsWhoUnsubscribesBeforeTheConfirmation) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  redis->subscribe(0, "news", redis.recorder());
  redis->unsubscribe(0, "news");
  ASSERT_TRUE(redis.run_until([&] { return !redis.told.empty(); }));
  EXPECT_EQ(redis.told.front().outcome, Outcome::away);
}

TEST_F(SingleServer, SubscribesInBatches) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  for (int i = 0; i < 2'000; ++i) redis->subscribe(0, "room" + std::to_string(i), redis.recorder());
  ASSERT_TRUE(redis.run_until([&] { return redis.told.size() == 2'000; }));
  for (const auto& told : redis.told) ASSERT_EQ(told.outcome, Outcome::ok);
  const auto stats = server.command({"INFO", "commandstats"});
  EXPECT_NE(stats.find("cmdstat_subscribe:calls=4,"), std::string::npos) << stats;
}

TEST_F(SingleServer, ComesBackAfterARestartWithItsSubscriptions) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  for (int i = 0; i < 1'500; ++i) redis->subscribe(0, "room" + std::to_string(i), nullptr);
  ASSERT_EQ(redis.subscribe(0, "last").outcome, Outcome::ok);
  const auto first_run = redis.run_id;
  server.kill();
  ASSERT_TRUE(redis.wait_down());
  EXPECT_EQ(redis.command(0, {"SET", "a", "b"}).outcome, Outcome::away);
  EXPECT_EQ(redis.subscribe(0, "meanwhile").outcome, Outcome::away);
  redis->unsubscribe(0, "last");
  ASSERT_TRUE(redis.run_until([&] { return redis->stats().connect_failures > 3; }));
  server.start();
  std::string subscribed;
  redis.on_up_hook = [&] { subscribed = server.command({"PUBSUB", "NUMSUB", "room0", "room1499", "meanwhile", "last"}); };
  ASSERT_TRUE(redis.wait_up());
  EXPECT_EQ(subscribed, "room0\n1\nroom1499\n1\nmeanwhile\n1\nlast\n0");
  EXPECT_NE(redis.run_id, first_run);
  EXPECT_EQ(redis.events, (std::vector<std::string>{"up", "down", "up new"}));
  EXPECT_EQ(redis.publish(0, "room77", "x").integer, 1);
  EXPECT_GE(redis->stats().connections_lost, 2u);
}

TEST_F(SingleServer, TellsWhatWasUnderWayThatItIsLost) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  server.pause();
  const std::vector<std::string_view> args{"INCR", "n"};
  redis->command(0, args, 30s, redis.recorder());
  redis.run_for(50ms);
  server.kill();
  ASSERT_TRUE(redis.run_until([&] { return !redis.told.empty(); }));
  EXPECT_EQ(redis.told.front().outcome, Outcome::lost);
}

TEST_F(SingleServer, TellsATimeoutAndStillPairsLaterAnswers) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  server.pause();
  const std::vector<std::string_view> args{"INCR", "n"};
  redis->command(0, args, 100ms, redis.recorder());
  ASSERT_TRUE(redis.run_until([&] { return !redis.told.empty(); }));
  EXPECT_EQ(redis.told.front().outcome, Outcome::timeout);
  server.resume();
  EXPECT_EQ(redis.command(0, {"INCR", "n"}).integer, 2);
  EXPECT_EQ(redis.events, (std::vector<std::string>{"up"}));
}

TEST_F(SingleServer, LeavesAServerThatDoesNotAnswer) {
  auto options = options_for({server.url()});
  options.command_timeout = 500ms;
  options.connect_timeout = 500ms;
  TestBackend redis(options);
  ASSERT_TRUE(redis.wait_up());
  server.pause();
  // Nothing is asked: the connections' own probes find out.
  ASSERT_TRUE(redis.wait_down(5s));
  server.resume();
  ASSERT_TRUE(redis.wait_up());
  EXPECT_EQ(redis.command(0, {"PING"}).text, "PONG");
}

TEST_F(SingleServer, BoundsItsQueue) {
  auto options = options_for({server.url()});
  options.max_queue_bytes = 10'000;
  TestBackend redis(options);
  ASSERT_TRUE(redis.wait_up());
  const std::string value(1'000, 'x');
  const std::vector<std::string_view> args{"SET", "a", value};
  for (int i = 0; i < 20; ++i) redis->command(0, args, 5s, redis.recorder());
  ASSERT_TRUE(redis.run_until([&] { return redis.told.size() == 20; }));
  int full = 0;
  for (const auto& told : redis.told) full += told.outcome == Outcome::full ? 1 : 0;
  EXPECT_EQ(full, 11);
  EXPECT_EQ(redis->stats().commands_full, 11u);
  EXPECT_EQ(redis.command(0, {"PING"}).text, "PONG");
}

TEST_F(SingleServer, RebuildsTheSubscriptionConnectionAlone) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  ASSERT_EQ(redis.subscribe(0, "news").outcome, Outcome::ok);
  const auto id = redis.command(0, {"CLIENT", "ID"}).integer;
  redis->restart_subscriber(0, "nothing was heard");
  EXPECT_EQ(redis.events.size(), 1u);  // not from within
  ASSERT_TRUE(redis.wait_down());
  ASSERT_TRUE(redis.wait_up());
  EXPECT_EQ(redis.events, (std::vector<std::string>{"up", "down", "up"}));
  EXPECT_EQ(redis.command(0, {"CLIENT", "ID"}).integer, id);
  EXPECT_EQ(redis.publish(0, "news", "x").integer, 1);
  redis->reconnect(0, "all of it");
  ASSERT_TRUE(redis.wait_down());
  ASSERT_TRUE(redis.wait_up());
  EXPECT_NE(redis.command(0, {"CLIENT", "ID"}).integer, id);
}

TEST_F(SingleServer, ComesBackWhereOneConnectionIsKilled) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  ASSERT_EQ(redis.subscribe(0, "news").outcome, Outcome::ok);
  for (const std::string type : {"pubsub", "normal"}) {
    server.command({"CLIENT", "KILL", "TYPE", type});
    ASSERT_TRUE(redis.wait_down());
    ASSERT_TRUE(redis.wait_up());
    EXPECT_EQ(redis.publish(0, "news", "x").integer, 1);
  }
}

TEST_F(SingleServer, TellsEveryHandlerAtStop) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  server.pause();
  const std::vector<std::string_view> args{"INCR", "n"};
  redis->command(0, args, 30s, redis.recorder());
  redis.run_for(20ms);
  redis->command(0, args, 30s, redis.recorder());
  redis->subscribe(0, "news", redis.recorder());
  redis.stop();
  ASSERT_EQ(redis.told.size(), 3u);
  EXPECT_EQ(redis.events, (std::vector<std::string>{"up"}));
}

TEST_F(SingleServer, SurvivesHandlersThatThrow) {
  TestBackend redis(options_for({server.url()}));
  ASSERT_TRUE(redis.wait_up());
  const std::vector<std::string_view> args{"PING"};
  redis->command(0, args, 5s, [](const Reply&) { throw std::runtime_error("from a handler"); });
  redis->command(0, args, 5s, [](const Reply&) { throw 5; });
  redis.on_message_hook = [](const Message&) { throw std::runtime_error("from an observer"); };
  ASSERT_EQ(redis.subscribe(0, "news").outcome, Outcome::ok);
  EXPECT_EQ(redis.publish(0, "news", "x").integer, 1);
  ASSERT_TRUE(redis.run_until([&] { return !redis.messages.empty(); }));
  EXPECT_EQ(redis.command(0, {"PING"}).text, "PONG");
}

}  // namespace
}  // namespace signaling::redis_adapter
