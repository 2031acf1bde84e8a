// From polling to WebSocket without losing, doubling or reordering anything.

#include "engine_fixture.hpp"

namespace signaling::engine {
namespace {

class EngineUpgrade : public EngineTest {
 protected:
  void expect_still_polling(const Opened& opened) {
    loop.run();
    EXPECT_EQ(opened.session().transport(), TransportName::polling);
    send_text(opened.session(), "on polling");
    EXPECT_EQ(poll(opened.sid)->body(), "4on polling");
  }
};

TEST_F(EngineUpgrade, MovesTheSessionToTheWebSocket) {
  const Opened opened = open_polling();
  const auto channel = open_probe(opened.sid);
  EXPECT_EQ(opened.session().transport(), TransportName::polling);
  channel->receive("5");
  EXPECT_EQ(opened.session().transport(), TransportName::websocket);
  EXPECT_EQ(opened.record->upgrades, 1);
  EXPECT_EQ(observer.upgraded, 1);
  channel->receive("4hello");
  EXPECT_EQ(opened.record->messages, Strings{"hello"});
  send_text(opened.session(), "back");
  EXPECT_EQ(channel->take(), Strings{"4back"});
  loop.run();
  EXPECT_EQ(opened.record->closes.size(), 0u);
  EXPECT_EQ(observer.opened, 1);
}

TEST_F(EngineUpgrade, EndsWaitingPollsEvery100MillisecondsAfterTheProbe) {
  const Opened opened = open_polling();
  const Exchange first = poll(opened.sid);
  const auto channel = open_probe(opened.sid);
  loop.advance(Milliseconds(99));
  EXPECT_TRUE(first->is_pending());
  loop.advance(Milliseconds(1));
  EXPECT_EQ(first->body(), "6");
  EXPECT_FALSE(first->reply().compressible);
  const Exchange second = poll(opened.sid);
  EXPECT_TRUE(second->is_pending());
  loop.advance(Milliseconds(100));
  EXPECT_EQ(second->body(), "6");
  channel->receive("5");
  loop.run();
  EXPECT_EQ(poll(opened.sid)->body(), R"({"code":3,"message":"Bad request"})");
}

TEST_F(EngineUpgrade, DoesNotEndPollsBeforeTheProbe) {
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  const auto channel = websocket("&sid=" + opened.sid)->shared_channel();
  loop.advance(Milliseconds(1000));
  EXPECT_TRUE(waiting->is_pending());
}

TEST_F(EngineUpgrade, KeepsSendingOnPollingUntilTheClientSaysSo) {
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  const auto channel = open_probe(opened.sid);
  send_text(opened.session(), "a");
  loop.run();
  EXPECT_EQ(waiting->body(), "4a");
  send_text(opened.session(), "b");
  loop.advance(Milliseconds(150));
  EXPECT_TRUE(channel->take().empty());
  channel->receive("5");
  EXPECT_EQ(channel->take(), Strings{"4b"});
}

TEST_F(EngineUpgrade, AnswersAPollStillOpenWithANoopAndSendsTheQueueOnTheWebSocket) {
  const Opened opened = open_polling();
  const auto channel = open_probe(opened.sid);
  const Exchange waiting = poll(opened.sid);
  loop.post([&] {
    send_text(opened.session(), "a");  // would go into the poll at the end of this turn
    channel->receive("5");
  });
  loop.run();
  EXPECT_EQ(waiting->body(), "6");
  EXPECT_EQ(channel->take(), Strings{"4a"});
}

TEST_F(EngineUpgrade, NeitherLosesNorDoublesNorReordersTenThousandMessages) {
  const Opened opened = open_polling();
  int next = 0;
  Strings received;
  const auto send_some = [&](int count) {
    for (int i = 0; i < count; ++i) EXPECT_EQ(send_text(opened.session(), std::to_string(next++)), SendResult::sent);
  };
  const auto read_poll = [&](const Exchange& exchange) {
    if (exchange->body() == "6") return;
    std::string_view rest = exchange->body();
    while (!rest.empty()) {
      const std::size_t end = rest.find('\x1e');
      received.emplace_back(rest.substr(1, end - 1));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
  };
  // A client that polls all the time, also while it probes, until it says 5.
  Exchange waiting = poll(opened.sid);
  std::shared_ptr<test::FakeChannel> channel;
  for (int turn = 0; turn < 100; ++turn) {
    send_some(50);
    loop.advance(Milliseconds(7));
    if (waiting->is_answered()) {
      read_poll(waiting);
      waiting = poll(opened.sid);
    }
    if (turn == 30) channel = open_probe(opened.sid);
  }
  send_some(10);
  if (waiting->is_answered()) read_poll(waiting);
  loop.post([&] { channel->receive("5"); });
  send_some(1000);
  loop.run();
  if (waiting->is_answered() && waiting->body() != "6") read_poll(waiting);
  while (next < 10'000) send_some(1);
  for (const std::string& frame : channel->take()) received.push_back(frame.substr(1));

  ASSERT_EQ(received.size(), 10'000u);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(received[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST_F(EngineUpgrade, KeepsTheOrderOfAPostBeforeTheUpgradeAndAMessageAfterIt) {
  const Opened opened = open_polling();
  const auto channel = open_probe(opened.sid);
  post(opened.sid,
       "41\x1e"
       "42");
  channel->receive("5");
  channel->receive("43");
  EXPECT_EQ(opened.record->messages, (Strings{"1", "2", "3"}));
  EXPECT_EQ(post(opened.sid, "44")->status(), 400u);
}

TEST_F(EngineUpgrade, ClosesOnlyTheProbeUponAnotherPacket) {
  for (const char* packet : {"4hello", "2", "1", "abc", "", "3", "6"}) {
    const Opened opened = open_polling();
    const auto channel = open_probe(opened.sid);
    channel->receive(packet);
    EXPECT_EQ(channel->close_code(), 1005) << packet;
    expect_still_polling(opened);
    EXPECT_TRUE(opened.record->messages.empty());
  }
  const Opened opened = open_polling();
  const auto channel = open_probe(opened.sid);
  channel->receive_binary("5");
  EXPECT_EQ(channel->close_code(), 1005);
  expect_still_polling(opened);
}

TEST_F(EngineUpgrade, ClosesTheProbeAfterTheTimeout) {
  options.upgrade_timeout = Milliseconds(1000);
  options.ping_interval = Milliseconds(60'000);
  const Opened opened = open_polling();
  const auto silent = websocket("&sid=" + opened.sid)->shared_channel();
  loop.advance(Milliseconds(999));
  EXPECT_TRUE(silent->is_open());
  loop.advance(Milliseconds(1));
  EXPECT_EQ(silent->close_code(), 1005);
  const auto halfway = open_probe(opened.sid);
  loop.advance(Milliseconds(1000));
  EXPECT_EQ(halfway->close_code(), 1005);
  expect_still_polling(opened);
}

TEST_F(EngineUpgrade, GoesOnWithPollingWhenTheProbeIsLost) {
  const Opened opened = open_polling();
  open_probe(opened.sid)->connection_lost();
  expect_still_polling(opened);
  // And may try again.
  open_probe(opened.sid)->receive("5");
  EXPECT_EQ(opened.session().transport(), TransportName::websocket);
}

TEST_F(EngineUpgrade, EndsTheWaitingPollWhenAnAnsweredProbeIsLost) {
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  websocket("&sid=" + opened.sid)->shared_channel()->connection_lost();
  EXPECT_TRUE(waiting->is_pending());
  open_probe(opened.sid)->connection_lost();
  EXPECT_EQ(waiting->body(), "6");
  expect_still_polling(opened);
}

TEST_F(EngineUpgrade, AcceptsAndClosesASecondProbe) {
  const Opened opened = open_polling();
  const auto first = open_probe(opened.sid);
  const auto second = websocket("&sid=" + opened.sid)->shared_channel();
  EXPECT_EQ(second->close_code(), 1005);
  first->receive("5");
  first->receive("4hello");
  EXPECT_EQ(opened.record->messages, Strings{"hello"});
}

TEST_F(EngineUpgrade, AcceptsAndClosesAWebSocketAfterIt) {
  const Opened opened = open_upgraded();
  EXPECT_EQ(websocket("&sid=" + opened.sid)->channel().close_code(), 1005);
  opened.channel->receive("4hello");
  EXPECT_EQ(opened.record->messages, Strings{"hello"});
}

TEST_F(EngineUpgrade, IsRefusedWhereItIsNotAllowed) {
  options.allow_upgrades = false;
  const Exchange handshake = request("GET", "EIO=4&transport=polling");
  EXPECT_NE(handshake->body().find(R"("upgrades":[])"), std::string::npos);
  const Exchange exchange = websocket("&sid=" + sid_in(handshake->body()));
  EXPECT_EQ(exchange->status(), 400u);
  EXPECT_EQ(exchange->body(), "Bad request");
  EXPECT_TRUE(factory.records.at(0)->session->is_open());
}

TEST_F(EngineUpgrade, EndsWithTheSession) {
  const Opened opened = open_polling();
  const auto channel = open_probe(opened.sid);
  post(opened.sid, "1");
  EXPECT_EQ(channel->close_code(), 1005);
  loop.advance(Milliseconds(60'000));
}

TEST_F(EngineUpgrade, SendsTheRestOverTheWebSocketWhenTheServerClosedMeanwhile) {
  // An official client that has paused polling for the upgrade would hang until its ping timeout otherwise.
  const Opened opened = open_polling();
  const auto channel = open_probe(opened.sid);
  send_text(opened.session(), "last");
  opened.session().close(CloseReason::forced_close);
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::forced_close});
  EXPECT_TRUE(channel->is_open());
  channel->receive("5");
  EXPECT_EQ(channel->take(), Strings{"4last"});
  EXPECT_EQ(channel->close_code(), 1005);
  EXPECT_EQ(opened.record->upgrades, 0);
  loop.run();
  EXPECT_EQ(engine().session_count(), 0u);
}

TEST_F(EngineUpgrade, DropsVolatileMessagesWhileItIsUnderWay) {
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  EXPECT_EQ(send_text(opened.session(), "a", true), SendResult::sent);
  loop.run();
  const Exchange again = poll(opened.sid);
  const auto channel = open_probe(opened.sid);
  EXPECT_EQ(send_text(opened.session(), "b", true), SendResult::dropped);
  channel->receive("5");
  EXPECT_EQ(send_text(opened.session(), "c", true), SendResult::sent);
  EXPECT_EQ(channel->take(), Strings{"4c"});
}

TEST_F(EngineUpgrade, KeepsTheHeartbeatRunningAcrossIt) {
  options.ping_interval = Milliseconds(300);
  options.ping_timeout = Milliseconds(200);
  const Opened opened = open_polling();
  loop.advance(Milliseconds(300));  // the ping is queued
  const auto channel = open_probe(opened.sid);
  channel->receive("5");
  EXPECT_EQ(channel->take(), Strings{"2"});
  channel->receive("3");
  loop.advance(Milliseconds(300));
  EXPECT_EQ(channel->take(), Strings{"2"});
  loop.advance(Milliseconds(200));
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::ping_timeout});
}

TEST_F(EngineUpgrade, SpeaksBase64WhereTheWebSocketsQueryAsksForIt) {
  const Opened opened = open_polling();
  const auto channel = websocket("&b64=1&sid=" + opened.sid)->shared_channel();
  const protocol::MessagePtr message = binary_message("\x01\x02\x03\x04");
  opened.session().send(std::span(&message, 1));
  channel->receive("5");
  EXPECT_EQ(channel->take(), Strings{"bAQIDBA=="});
}

}  // namespace
}  // namespace signaling::engine
