// The heartbeat of sessions, on both transports.

#include "engine_fixture.hpp"

namespace signaling::engine {
namespace {

class EngineHeartbeat : public EngineTest {
 protected:
  EngineHeartbeat() {
    options.ping_interval = Milliseconds(300);
    options.ping_timeout = Milliseconds(200);
  }
};

TEST_F(EngineHeartbeat, PingsOverWebSocket) {
  const Opened opened = open_websocket();
  for (int i = 0; i < 3; ++i) {
    loop.advance(Milliseconds(299));
    EXPECT_TRUE(opened.channel->take().empty());
    loop.advance(Milliseconds(1));
    EXPECT_EQ(opened.channel->take(), Strings{"2"});
    opened.channel->receive("3");
  }
  EXPECT_EQ(observer.sent_bytes, 0u);  // no messages
}

TEST_F(EngineHeartbeat, PingsOverPolling) {
  const Opened opened = open_polling();
  for (int i = 0; i < 3; ++i) {
    const Exchange waiting = poll(opened.sid);
    loop.advance(Milliseconds(300));
    EXPECT_EQ(waiting->body(), "2");
    EXPECT_EQ(post(opened.sid, "3")->body(), "ok");
  }
}

TEST_F(EngineHeartbeat, ClosesAWebSocketWithoutAPong) {
  const Opened opened = open_websocket();
  loop.advance(Milliseconds(499));
  EXPECT_TRUE(opened.record->closes.empty());
  loop.advance(Milliseconds(1));
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::ping_timeout});
  EXPECT_EQ(opened.channel->close_code(), 1005);
  EXPECT_EQ(engine().session_count(), 0u);
}

TEST_F(EngineHeartbeat, ClosesAPollingSessionWithoutAPong) {
  const Opened opened = open_polling();
  loop.advance(Milliseconds(500));
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::ping_timeout});
  expect_gone(opened.sid);
}

TEST_F(EngineHeartbeat, TellsAWaitingPollOfTheTimeout) {
  const Opened opened = open_polling();
  const Exchange ping = poll(opened.sid);
  loop.advance(Milliseconds(300));
  const Exchange waiting = poll(opened.sid);
  loop.advance(Milliseconds(200));
  EXPECT_EQ(waiting->body(), "1");
}

TEST_F(EngineHeartbeat, IsExtendedOnceByAMessage) {
  const Opened opened = open_websocket();
  loop.advance(Milliseconds(400));
  opened.channel->receive("4busy");  // until 600
  loop.advance(Milliseconds(150));
  opened.channel->receive_binary("busy");  // no more
  loop.advance(Milliseconds(49));
  EXPECT_TRUE(opened.record->closes.empty());
  loop.advance(Milliseconds(1));
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::ping_timeout});
}

TEST_F(EngineHeartbeat, DoesNotTakeMessagesForPongs) {
  const Opened opened = open_websocket();
  loop.advance(Milliseconds(290));
  opened.channel->receive("4x");
  loop.advance(Milliseconds(10));
  EXPECT_EQ(opened.channel->take(), Strings{"2"});
}

TEST_F(EngineHeartbeat, PingsInTimeThoughTheTimeoutIsLonger) {
  options.ping_timeout = Milliseconds(20'000);
  const Opened opened = open_websocket();
  loop.advance(Milliseconds(300));
  opened.channel->take();
  opened.channel->receive("3");
  loop.advance(Milliseconds(300));
  EXPECT_EQ(opened.channel->take(), Strings{"2"});
}

TEST_F(EngineHeartbeat, NeedsOneTimerPerSessionAndNoneAfterIt) {
  const Opened opened = open_websocket();
  EXPECT_EQ(loop.timers().size(), 1u);
  for (int i = 0; i < 100; ++i) opened.channel->receive("4x");
  EXPECT_EQ(loop.timers().size(), 1u);
  opened.channel->connection_lost();
  EXPECT_EQ(loop.timers().size(), 0u);
}

TEST_F(EngineHeartbeat, TakesNewIntervalsFromTheNextPingOn) {
  const Opened opened = open_websocket();
  Options changed = options;
  changed.ping_interval = Milliseconds(1000);
  engine().set_options(changed);
  loop.advance(Milliseconds(300));
  EXPECT_EQ(opened.channel->take(), Strings{"2"});
  opened.channel->receive("3");
  loop.advance(Milliseconds(999));
  EXPECT_TRUE(opened.channel->take().empty());
  loop.advance(Milliseconds(1));
  EXPECT_EQ(opened.channel->take(), Strings{"2"});
  EXPECT_NE(request("GET", "EIO=4&transport=polling")->body().find(R"("pingInterval":1000)"), std::string::npos);
}

}  // namespace
}  // namespace signaling::engine
