#include "forwarding_fixture.hpp"

namespace signaling::forwarding {
namespace {

class ForwardedRequests : public ForwardingTest {};

TEST_F(ForwardedRequests, APollAtAnotherNodeGetsWhatTheSessionSends) {
  const Opened opened = open_at_home();
  const Exchange exchange = poll(*away, opened.sid);
  EXPECT_TRUE(exchange->is_pending());
  send(opened.session(), "hello");
  send(opened.session(), "again");
  run();
  EXPECT_EQ(exchange->status(), 200u);
  EXPECT_EQ(exchange->body(),
            "4hello\x1e"
            "4again");
  EXPECT_EQ(exchange->reply_header("Content-Type"), "text/plain; charset=UTF-8");
  EXPECT_EQ(exchange->reply_header("cache-control"), "no-store");
  EXPECT_TRUE(exchange->reply().compressible);
  EXPECT_EQ(away->outcome(Outcome::answered), 1u);
  EXPECT_EQ(away->forwarding->counters().waiting.value(), 0u);
  EXPECT_EQ(home->forwarding->counters().serving.value(), 0u);
  EXPECT_EQ(cluster.open_links(), 0u);
}

TEST_F(ForwardedRequests, WhatWaitsIsAnsweredAtOnce) {
  const Opened opened = open_at_home();
  send(opened.session(), "early");
  EXPECT_EQ(poll(*away, opened.sid)->body(), "4early");
}

TEST_F(ForwardedRequests, APostAtAnotherNodeReachesTheSession) {
  const Opened opened = open_at_home();
  const Exchange exchange = post(*away, opened.sid,
                                 "4one\x1e"
                                 "bAQID\x1e"
                                 "4two");
  EXPECT_EQ(exchange->status(), 200u);
  EXPECT_EQ(exchange->body(), "ok");
  EXPECT_EQ(opened.record->messages, (Strings{"one", std::string("b:\x01\x02\x03"), "two"}));
}

TEST_F(ForwardedRequests, ALargeBodyComesWhole) {
  const Opened opened = open_at_home();
  const std::string large(900'000, 'x');
  EXPECT_EQ(post(*away, opened.sid, "4" + large)->body(), "ok");
  EXPECT_EQ(opened.record->messages, Strings{large});
  send(opened.session(), large);
  EXPECT_EQ(poll(*away, opened.sid)->body(), "4" + large);
}

TEST_F(ForwardedRequests, ASessionOfThisNodeIsServedHere) {
  const Opened opened = open_at_home();
  EXPECT_EQ(post(*home, opened.sid, "4here")->body(), "ok");
  EXPECT_EQ(opened.record->messages, Strings{"here"});
  EXPECT_TRUE(cluster.sent.empty());
}

TEST_F(ForwardedRequests, ErrorsOfTheOwnerComeBack) {
  const Opened opened = open_at_home();
  // Malformed: 400 with code 3, and the session closes.
  const Exchange malformed = post(*away, opened.sid, "x");
  EXPECT_EQ(malformed->status(), 400u);
  EXPECT_EQ(malformed->body(), R"({"code":3,"message":"Bad request"})");
  EXPECT_EQ(malformed->reply_header("Content-Type"), "application/json");
  EXPECT_EQ(opened.record->closes, std::vector{engine::CloseReason::parse_error});
  EXPECT_EQ(home->observer.errors, std::vector{engine::ErrorCode::bad_request});
  // A session that the owner does not have (any more).
  EXPECT_EQ(poll(*away, opened.sid)->body(), R"({"code":1,"message":"Session ID unknown"})");
}

TEST_F(ForwardedRequests, HeadersThatTheEngineReadsAreCarried) {
  const Opened opened = open_at_home();
  EXPECT_EQ(post(*away, opened.sid, "4x", {{"Content-Type", "application/octet-stream"}})->status(), 400u);
  EXPECT_EQ(opened.record->closes, std::vector{engine::CloseReason::transport_error});
  const Opened other = open_at_home();
  EXPECT_EQ(post(*away, other.sid, "4x", {{"Origin", std::string("a\x01z")}})->status(), 400u);
}

TEST_F(ForwardedRequests, AWrongMethodGetsTheEnginesAnswer) {
  const Opened opened = open_at_home();
  const Exchange exchange = request(*away, "DELETE", "EIO=4&transport=polling&sid=" + opened.sid);
  EXPECT_EQ(exchange->status(), 405u);
  EXPECT_EQ(exchange->reply_header("Allow"), "GET, POST");
}

TEST_F(ForwardedRequests, ASecondPollClosesTheSessionWhereverItComes) {
  const Opened opened = open_at_home();
  const Exchange first = poll(*away, opened.sid);
  const Exchange second = poll(*home, opened.sid);
  run();
  EXPECT_EQ(second->status(), 400u);
  EXPECT_EQ(first->body(), "1");
  EXPECT_EQ(opened.record->closes, std::vector{engine::CloseReason::transport_error});
}

TEST_F(ForwardedRequests, AClientThatGoesAwayDuringItsPollLosesTheSession) {
  const Opened opened = open_at_home();
  const Exchange exchange = poll(*away, opened.sid);
  exchange->lose();
  run();
  EXPECT_EQ(opened.record->closes, std::vector{engine::CloseReason::transport_error});
  EXPECT_EQ(away->outcome(Outcome::client_lost), 1u);
  EXPECT_EQ(cluster.open_links(), 0u);
  expect_gone(opened.sid);
}

TEST_F(ForwardedRequests, AClientThatIsGoneBeforeTheOwnerHearsOfItIsNotServed) {
  const Opened opened = open_at_home();
  auto exchange =
      begin(*away, std::make_shared<test::FakeExchange>("GET", "/engine.io/?EIO=4&transport=polling&sid=" + opened.sid));
  exchange->lose();
  run();
  EXPECT_EQ(home->forwarding->counters().serving.value(), 0u);
  EXPECT_EQ(cluster.open_links(), 0u);
}

TEST_F(ForwardedRequests, HeartbeatsPassOverForwardedPolls) {
  const Opened opened = open_at_home();
  for (int i = 0; i < 5; ++i) {
    const Exchange exchange = poll(*(i % 2 == 0 ? away : home), opened.sid);
    advance(engine_options.ping_interval);
    EXPECT_EQ(exchange->body(), "2");
    EXPECT_EQ(post(*away, opened.sid, "3")->body(), "ok");
  }
  EXPECT_TRUE(opened.record->closes.empty());
}

TEST_F(ForwardedRequests, AnUnknownNodeGetsCode1AtOnce) {
  const std::string sid = std::string("zzzz") + std::string(16, 'A');
  const Exchange exchange = poll(*away, sid);
  EXPECT_EQ(exchange->status(), 400u);
  EXPECT_EQ(exchange->body(), R"({"code":1,"message":"Session ID unknown"})");
  EXPECT_EQ(away->outcome(Outcome::unknown_node), 1u);
  EXPECT_EQ(away->observer.errors, std::vector{engine::ErrorCode::unknown_sid});
  // What the engine finds wrong before it looks for the session comes first.
  EXPECT_EQ(request(*away, "GET", "EIO=4&transport=carrier&sid=" + sid)->body(), R"({"code":0,"message":"Transport unknown"})");
  // A WebSocket gets the bare text.
  const Exchange upgrade = websocket(*away, sid);
  EXPECT_EQ(upgrade->status(), 400u);
  EXPECT_EQ(upgrade->body(), "Session ID unknown");
}

TEST_F(ForwardedRequests, NoIdOfOursIsLeftToTheEngine) {
  EXPECT_EQ(poll(*away, "nonsense")->body(), R"({"code":1,"message":"Session ID unknown"})");
  EXPECT_EQ(poll(*away, std::string(20, '!'))->body(), R"({"code":1,"message":"Session ID unknown"})");
  EXPECT_EQ(away->outcome(Outcome::unknown_node), 0u);
}

TEST_F(ForwardedRequests, ManySessionsAreServedByRandomNodesWithoutLoss) {
  std::vector<Opened> sessions;
  for (int i = 0; i < 50; ++i) sessions.push_back(open_at_home());
  unsigned seed = 1;
  const auto any = [&]() -> Node& { return *((seed = seed * 1664525u + 1013904223u) >> 31 ? home : away); };
  for (int round = 0; round < 20; ++round) {
    for (const Opened& opened : sessions) {
      const std::string text = std::to_string(round);
      const Exchange waiting = poll(any(), opened.sid);
      EXPECT_EQ(post(any(), opened.sid, "4" + text)->body(), "ok");
      EXPECT_EQ(opened.record->messages.back(), text);
      send(opened.session(), "to " + text);
      run();
      EXPECT_EQ(waiting->body(), "4to " + text);
    }
  }
  for (const Opened& opened : sessions) EXPECT_EQ(opened.record->messages.size(), 20u);
  EXPECT_EQ(cluster.open_links(), 0u);
}

}  // namespace
}  // namespace signaling::forwarding
