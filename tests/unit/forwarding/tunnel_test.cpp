#include "forwarding_fixture.hpp"

namespace signaling::forwarding {
namespace {

class Tunnel : public ForwardingTest {};

TEST_F(Tunnel, AnUpgradeAtAnotherNodeMovesTheSession) {
  const Opened opened = open_at_home();
  const Exchange waiting = poll(*home, opened.sid);
  const auto channel = websocket(*away, opened.sid)->shared_channel();
  channel->receive("2probe");
  run();
  EXPECT_EQ(channel->take(), Strings{"3probe"});
  advance(Milliseconds{100});
  EXPECT_EQ(waiting->body(), "6");
  send(opened.session(), "while upgrading");
  channel->receive("5");
  run();
  EXPECT_EQ(opened.record->upgrades, 1);
  EXPECT_EQ(channel->take(), Strings{"4while upgrading"});
  EXPECT_EQ(away->forwarding->counters().tunnels.value(), 1u);
  EXPECT_EQ(home->forwarding->counters().served_tunnels.value(), 1u);
  EXPECT_EQ(away->outcome(Outcome::accepted), 1u);
  // Both ways, text and binary, in order.
  channel->receive("4up");
  channel->receive_binary("\x01\x02");
  run();
  EXPECT_EQ(opened.record->messages, (Strings{"up", "b:\x01\x02"}));
  send(opened.session(), "a");
  const auto binary = engine::binary_message("bytes");
  opened.session().send(std::span(&binary, 1));
  run();
  ASSERT_EQ(channel->frames().size(), 2u);
  EXPECT_EQ(channel->frames()[0].data, "4a");
  EXPECT_FALSE(channel->frames()[0].is_binary);
  EXPECT_EQ(channel->frames()[1].data, "bytes");
  EXPECT_TRUE(channel->frames()[1].is_binary);
}

TEST_F(Tunnel, FramesOfOneTurnAreOneMessageEachWay) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  const std::size_t before = cluster.sent.size();
  for (int i = 0; i < 10; ++i) channel->receive("4" + std::to_string(i));
  run();
  EXPECT_EQ(cluster.sent.size(), before + 1);
  for (int i = 0; i < 10; ++i) send(opened.session(), std::to_string(i));
  run();
  EXPECT_EQ(cluster.sent.size(), before + 2);
  EXPECT_EQ(opened.record->messages.size(), 10u);
  const Strings received = channel->take();
  ASSERT_EQ(received.size(), 10u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(received[static_cast<std::size_t>(i)], "4" + std::to_string(i));
}

TEST_F(Tunnel, CompressionIsDecidedWhereTheClientIs) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  const auto plain = engine::text_message("x", false);
  const auto compressed = engine::text_message("y", true);
  opened.session().send(std::span(&plain, 1));
  opened.session().send(std::span(&compressed, 1));
  run();
  ASSERT_EQ(channel->frames().size(), 2u);
  EXPECT_FALSE(channel->frames()[0].compress);
  EXPECT_TRUE(channel->frames()[1].compress);
}

TEST_F(Tunnel, TheHeartbeatGoesOnForItsLife) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  for (int i = 0; i < 10; ++i) {
    advance(engine_options.ping_interval);
    EXPECT_EQ(channel->take(), Strings{"2"});
    channel->receive("3");
    run();
  }
  EXPECT_TRUE(opened.record->closes.empty());
  // Without a pong the session ends, and the client's WebSocket with it.
  advance(engine_options.ping_interval + engine_options.ping_timeout);
  EXPECT_EQ(opened.record->closes, std::vector{engine::CloseReason::ping_timeout});
  EXPECT_EQ(channel->close_code(), 1005);
  EXPECT_EQ(cluster.open_links(), 0u);
}

TEST_F(Tunnel, TheServersCloseReachesTheClientBehindWhatWasSent) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  send(opened.session(), "last");
  opened.session().close(engine::CloseReason::server_shutting_down);
  run();
  EXPECT_EQ(channel->take(), Strings{"4last"});
  EXPECT_EQ(channel->close_code(), 1012);
  EXPECT_EQ(away->forwarding->counters().tunnels.value(), 0u);
}

TEST_F(Tunnel, TheClientsCloseReachesTheSessionBehindWhatItSent) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  channel->receive("4last");
  channel->client_closes(1001, true);
  run();
  EXPECT_EQ(opened.record->messages, Strings{"last"});
  EXPECT_EQ(opened.record->closes, std::vector{engine::CloseReason::transport_close});
  EXPECT_EQ(home->forwarding->counters().served_tunnels.value(), 0u);
  EXPECT_EQ(cluster.open_links(), 0u);
}

TEST_F(Tunnel, AViolationOfTheProtocolIsToldAsOne) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  channel->client_closes(1002, false);
  run();
  EXPECT_EQ(opened.record->closes, std::vector{engine::CloseReason::transport_error});
}

TEST_F(Tunnel, AConnectionLostBeforeTheAcceptIsToldToTheSession) {
  const Opened opened = open_at_home();
  auto exchange = begin(*away, test::FakeExchange::websocket("/engine.io/?EIO=4&transport=websocket&sid=" + opened.sid));
  exchange->lose();
  run();
  EXPECT_TRUE(opened.record->closes.empty());  // a probe that ends leaves the session on polling
  EXPECT_EQ(post(*away, opened.sid, "4x")->body(), "ok");
  EXPECT_EQ(cluster.open_links(), 0u);
}

TEST_F(Tunnel, AProbeThatFailsIsClosed) {
  const Opened opened = open_at_home();
  const auto channel = websocket(*away, opened.sid)->shared_channel();
  channel->receive("4not a probe");
  run();
  EXPECT_EQ(channel->close_code(), 1005);
  EXPECT_EQ(post(*home, opened.sid, "4x")->body(), "ok");
}

TEST_F(Tunnel, ASecondWebSocketIsAcceptedAndClosed) {
  const Opened opened = open_at_home();
  upgrade_away(opened.sid);
  const Exchange second = websocket(*away, opened.sid);
  ASSERT_TRUE(second->is_accepted());
  EXPECT_EQ(second->channel().close_code(), 1005);
  EXPECT_EQ(away->forwarding->counters().tunnels.value(), 1u);
  // And polling with that id is refused, as on one node.
  EXPECT_EQ(poll(*away, opened.sid)->body(), R"({"code":3,"message":"Bad request"})");
}

TEST_F(Tunnel, AMalformedFrameClosesTheSession) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  channel->receive("zzz");
  run();
  EXPECT_EQ(opened.record->closes, std::vector{engine::CloseReason::parse_error});
  EXPECT_EQ(channel->close_code(), 1005);
}

TEST_F(Tunnel, AHandlerThatThrowsEndsItsSessionAlone) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  const Opened other = open_at_home();
  const auto other_channel = upgrade_away(other.sid);
  opened.record->on_message = [](engine::Session&, std::string_view) { throw std::runtime_error("no"); };
  channel->receive("4x");
  run();
  EXPECT_EQ(channel->close_code(), 1011);
  EXPECT_EQ(opened.record->closes.size(), 1u);
  EXPECT_EQ(home->forwarding->counters().exceptions.value(), 1u);
  other_channel->receive("4y");
  run();
  EXPECT_EQ(other.record->messages, Strings{"y"});
}

}  // namespace
}  // namespace signaling::forwarding
