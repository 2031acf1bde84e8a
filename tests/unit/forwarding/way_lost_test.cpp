#include "flow.hpp"
#include "forwarding_fixture.hpp"

namespace signaling::forwarding {
namespace {

using plugin_api::Status;

class WayLost : public ForwardingTest {};

TEST_F(WayLost, AnOwnerLostWhileAPollWaitsIsCode1) {
  const Opened opened = open_at_home();
  const Exchange exchange = poll(*away, opened.sid);
  cluster.lose_node(home->tag);
  run();
  EXPECT_EQ(exchange->status(), 400u);
  EXPECT_EQ(exchange->body(), R"({"code":1,"message":"Session ID unknown"})");
  EXPECT_EQ(away->outcome(Outcome::unknown_node), 1u);
  EXPECT_EQ(poll(*away, opened.sid)->body(), R"({"code":1,"message":"Session ID unknown"})");
}

TEST_F(WayLost, ANodeLostWithItsClientsIsAClientLostToTheOwner) {
  const Opened opened = open_at_home();
  const Exchange exchange = poll(*away, opened.sid);
  cluster.lose_node(away->tag);
  run();
  EXPECT_EQ(opened.record->closes, std::vector{engine::CloseReason::transport_error});
  EXPECT_EQ(home->forwarding->counters().serving.value(), 0u);
}

TEST_F(WayLost, WhileTheAdapterIsAwayRequestsGet503) {
  const Opened opened = open_at_home();
  away->conversations.is_away = true;
  const Exchange exchange = poll(*away, opened.sid);
  EXPECT_EQ(exchange->status(), 503u);
  EXPECT_EQ(exchange->body(), "The node of this session cannot be reached");
  EXPECT_EQ(away->outcome(Outcome::unavailable), 1u);
  // Nothing was said to the owner, whose session lives.
  away->conversations.is_away = false;
  EXPECT_EQ(post(*away, opened.sid, "4back")->body(), "ok");
  EXPECT_EQ(opened.record->messages, Strings{"back"});
}

TEST_F(WayLost, AnAdapterThatGoesAwayEndsWhatWaits) {
  const Opened opened = open_at_home();
  const Exchange exchange = poll(*away, opened.sid);
  cluster.end_all(Status::unavailable);
  run();
  EXPECT_EQ(exchange->status(), 503u);
  EXPECT_EQ(opened.record->closes, std::vector{engine::CloseReason::transport_error});
  EXPECT_EQ(away->forwarding->counters().waiting.value(), 0u);
}

TEST_F(WayLost, NoAnswerInTimeIs503) {
  const Opened opened = open_at_home();
  const Exchange exchange = poll(*away, opened.sid);
  EXPECT_EQ(away->conversations.idle_timeout, options.idle_timeout);
  cluster.end_all(Status::timeout);
  run();
  EXPECT_EQ(exchange->status(), 503u);
  EXPECT_EQ(exchange->body(), "The node of this session does not answer");
  EXPECT_EQ(away->outcome(Outcome::timeout), 1u);
}

TEST_F(WayLost, AnAnswerThatTheAdapterDoesNotTakeHarmsNobodyElse) {
  const Opened opened = open_at_home();
  const Exchange exchange = poll(*away, opened.sid);
  home->conversations.is_away = true;
  send(opened.session(), "lost");
  run();
  EXPECT_TRUE(exchange->is_pending() || exchange->status() == 503u);
  home->conversations.is_away = false;
  cluster.end_all(Status::timeout);
  run();
  EXPECT_EQ(home->forwarding->counters().serving.value(), 0u);
  const Opened other = open_at_home();
  EXPECT_EQ(post(*away, other.sid, "4x")->body(), "ok");
}

TEST_F(WayLost, ATunnelEndsAtBothEnds) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  cluster.end_all(Status::unavailable);
  run();
  EXPECT_EQ(channel->close_code(), 1013);
  EXPECT_EQ(opened.record->closes, std::vector{engine::CloseReason::transport_close});
  EXPECT_EQ(away->forwarding->counters().tunnels.value(), 0u);
  EXPECT_EQ(home->forwarding->counters().served_tunnels.value(), 0u);
}

TEST_F(WayLost, AProbeEndsAndTheSessionGoesOnWithPolling) {
  const Opened opened = open_at_home();
  const auto channel = websocket(*away, opened.sid)->shared_channel();
  cluster.end_all(Status::unavailable);
  run();
  EXPECT_EQ(channel->close_code(), 1013);
  EXPECT_EQ(post(*away, opened.sid, "4still")->body(), "ok");
  EXPECT_EQ(opened.record->messages, Strings{"still"});
  // And may upgrade anew.
  upgrade_away(opened.sid);
  EXPECT_EQ(opened.record->upgrades, 1);
}

TEST_F(WayLost, AClientInTheMiddleOfItsUpgradeIsToldBehindIt) {
  const Opened opened = open_at_home();
  const Exchange last_poll = poll(*home, opened.sid);
  const auto channel = websocket(*away, opened.sid)->shared_channel();
  channel->receive("2probe");
  run();
  cluster.end_all(Status::unavailable);
  run();
  // Its polling ends now, not with the next message.
  EXPECT_EQ(last_poll->body(), "6");
  EXPECT_TRUE(channel->is_open());
  channel->receive("5");
  run();
  EXPECT_EQ(channel->close_code(), 1013);
  EXPECT_EQ(away->forwarding->counters().tunnels.value(), 0u);
}

TEST_F(WayLost, ACloseOfTheOwnerWaitsForTheUpgradeToo) {
  engine_options.upgrade_timeout = Milliseconds{1000};
  start_anew();
  const Opened opened = open_at_home();
  const auto channel = websocket(*away, opened.sid)->shared_channel();
  channel->receive("2probe");
  run();
  advance(Milliseconds{1000});
  EXPECT_EQ(home->forwarding->counters().served_tunnels.value(), 0u);
  EXPECT_TRUE(channel->is_open());
  advance(upgrade_wait);
  EXPECT_EQ(channel->close_code(), 1005);
  EXPECT_EQ(away->forwarding->counters().tunnels.value(), 0u);
}

TEST_F(WayLost, AClientLostInTheMiddleOfItsUpgradeIsForgotten) {
  const Opened opened = open_at_home();
  const auto channel = websocket(*away, opened.sid)->shared_channel();
  channel->receive("2probe");
  run();
  cluster.end_all(Status::unavailable);
  run();
  channel->connection_lost();
  run();
  EXPECT_EQ(away->forwarding->counters().tunnels.value(), 0u);
  EXPECT_EQ(post(*away, opened.sid, "4still")->body(), "ok");
}

TEST_F(WayLost, AnUpgradeOfALostNodeIsRefused) {
  const Opened opened = open_at_home();
  auto exchange = begin(*away, test::FakeExchange::websocket("/engine.io/?EIO=4&transport=websocket&sid=" + opened.sid));
  cluster.end_all(Status::not_found);
  run();
  EXPECT_EQ(exchange->status(), 400u);
  EXPECT_EQ(exchange->body(), "Session ID unknown");
}

TEST_F(WayLost, TheEndOfEitherNodeIsClean) {
  const Opened opened = open_at_home();
  const Exchange exchange = poll(*away, opened.sid);
  const Opened other = open_at_home();
  const auto channel = upgrade_away(other.sid);
  home->forwarding.reset();  // the engine afterwards, with sessions that still have them
  channel->connection_lost();
  exchange->lose();
  away->loop.run();
  away->forwarding.reset();
}

}  // namespace
}  // namespace signaling::forwarding
