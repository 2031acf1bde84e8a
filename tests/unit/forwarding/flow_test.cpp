// How much may be on its way between a session and a client at another node.

#include <flow.hpp>

#include "forwarding_fixture.hpp"

namespace signaling::forwarding {
namespace {

class Flow : public ForwardingTest {
 protected:
  void SetUp() override {
    engine_options.max_send_queue_bytes = 2'000'000;
    ForwardingTest::SetUp();
  }
  static constexpr std::size_t piece = 10'000;
};

TEST_F(Flow, WhatWasWrittenIsTold) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  for (int i = 0; i < 100; ++i) {
    send(opened.session(), std::string(piece, 'x'));
    run();
    advance(Milliseconds{2});
    EXPECT_LE(opened.session().queued_bytes(), told_after + piece);
  }
  EXPECT_EQ(channel->frames().size(), 100u);
}

TEST_F(Flow, LittleTalkCostsNoMessagesOfItsOwn) {
  const Opened opened = open_at_home();
  upgrade_away(opened.sid);
  const std::size_t before = cluster.sent.size();
  for (int i = 0; i < 10; ++i) {
    send(opened.session(), "small");
    run();
    advance(Milliseconds{50});
  }
  EXPECT_EQ(cluster.sent.size(), before + 10);
}

TEST_F(Flow, ASlowClientLosesVolatileMessagesFirst) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  channel->stall();
  int sent = 0;
  const std::string data(piece, 'x');
  while (engine::send_text(opened.session(), data, true) == engine::SendResult::sent && sent < 1000) {
    ++sent;
    run();
    advance(Milliseconds{5});
  }
  EXPECT_GT(sent, 10);
  EXPECT_LT(sent, 40);
  EXPECT_EQ(home->observer.volatile_drops, 1);
  // What is not volatile is still taken.
  EXPECT_EQ(engine::send_text(opened.session(), "must"), engine::SendResult::sent);
  run();
  // The client reads again.
  channel->drain();
  run();
  EXPECT_EQ(engine::send_text(opened.session(), data, true), engine::SendResult::sent);
  EXPECT_TRUE(opened.record->closes.empty());
}

TEST_F(Flow, ASlowClientReachesTheSendQueuesBound) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  channel->stall();
  std::size_t bytes = 0;
  while (engine::send_text(opened.session(), std::string(piece, 'x')) == engine::SendResult::sent && bytes < 10'000'000) {
    bytes += piece;
    run();
    advance(Milliseconds{5});
  }
  EXPECT_GT(bytes, 1'900'000u);
  EXPECT_LT(bytes, 2'000'001u);
  run();
  EXPECT_EQ(opened.record->closes, std::vector{engine::CloseReason::transport_error});
  EXPECT_TRUE(channel->is_abandoned());
}

TEST_F(Flow, ASteadySlowReaderIsNotTakenForAStalledOne) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  for (int round = 0; round < 20; ++round) {
    channel->stall();
    for (int i = 0; i < 50; ++i) send(opened.session(), std::string(piece, 'x'));
    run();
    channel->drain();
    run();
  }
  EXPECT_TRUE(opened.record->closes.empty());
  EXPECT_EQ(channel->frames().size(), 1000u);
}

TEST_F(Flow, AClientThatSendsFasterThanTheWayCarriesIsNotRead) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  int sent = 0;
  while (channel->is_reading() && sent < 1000) {  // nothing is delivered meanwhile
    channel->receive("4" + std::string(piece, 'x'));
    ++sent;
  }
  EXPECT_GT(sent, 90);
  EXPECT_LT(sent, 120);
  run();
  EXPECT_TRUE(channel->is_reading());
  EXPECT_EQ(opened.record->messages.size(), static_cast<std::size_t>(sent));
}

TEST_F(Flow, AClientIsReadFromForEverWhereTheOwnerKeepsUp) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  for (int i = 0; i < 1000; ++i) {
    channel->receive("4" + std::string(piece, 'x'));
    run();
    ASSERT_TRUE(channel->is_reading());
  }
  EXPECT_EQ(opened.record->messages.size(), 1000u);
}

TEST_F(Flow, APausedClientIsReadAgainBeforeItsWebSocketIsClosed) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  while (channel->is_reading()) channel->receive("4" + std::string(piece, 'x'));
  opened.session().close(engine::CloseReason::forced_close);
  run();
  EXPECT_EQ(channel->close_code(), 1005);
}

}  // namespace
}  // namespace signaling::forwarding
