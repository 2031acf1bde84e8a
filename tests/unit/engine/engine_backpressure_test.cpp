// Bounds of what waits for one session, and messages that may be dropped.

#include "engine_fixture.hpp"

namespace signaling::engine {
namespace {

class EngineBackpressure : public EngineTest {
 protected:
  EngineBackpressure() { options.max_send_queue_bytes = 1000; }
  const std::string large = std::string(400, 'x');
};

TEST_F(EngineBackpressure, ClosesAPollingSessionWhoseQueueIsFullOnALaterTurn) {
  const Opened opened = open_polling();
  EXPECT_EQ(send_text(opened.session(), large), SendResult::sent);
  EXPECT_EQ(send_text(opened.session(), large), SendResult::sent);
  EXPECT_EQ(send_text(opened.session(), large), SendResult::overflow);
  EXPECT_EQ(send_text(opened.session(), "small"), SendResult::overflow);
  EXPECT_FALSE(opened.session().is_open());
  EXPECT_TRUE(opened.record->closes.empty());
  loop.run();
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::transport_error});
  EXPECT_EQ(observer.overflows, 1);
  expect_gone(opened.sid);
}

TEST_F(EngineBackpressure, EndsTheConnectionOfASlowWebSocketReader) {
  const Opened opened = open_websocket();
  opened.channel->stall();
  EXPECT_EQ(send_text(opened.session(), large), SendResult::sent);
  EXPECT_EQ(send_text(opened.session(), large), SendResult::sent);
  EXPECT_EQ(send_text(opened.session(), large), SendResult::overflow);
  EXPECT_TRUE(opened.channel->is_open());
  opened.channel->receive("4x");  // of a session about to be closed
  EXPECT_TRUE(opened.record->messages.empty());
  loop.run();
  EXPECT_TRUE(opened.channel->is_abandoned());
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::transport_error});
}

TEST_F(EngineBackpressure, CountsOnlyWhatTheKernelHasNotTaken) {
  const Opened opened = open_websocket();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(send_text(opened.session(), large), SendResult::sent);
  opened.channel->stall();
  EXPECT_EQ(send_text(opened.session(), large), SendResult::sent);
  EXPECT_EQ(opened.session().queued_bytes(), 405u);
  opened.channel->drain();
  EXPECT_EQ(opened.session().queued_bytes(), 0u);
}

TEST_F(EngineBackpressure, TakesOrRefusesTheMessagesOfOnePacketTogether) {
  const Opened opened = open_polling();
  const protocol::MessagePtr messages[] = {text_message(large), binary_message(large), text_message("end")};
  EXPECT_EQ(opened.session().send(messages), SendResult::sent);
  EXPECT_EQ(opened.session().send(messages), SendResult::overflow);
  EXPECT_EQ(poll(opened.sid)->body().size(), 401u + 1 + 537 + 1 + 4);
}

TEST_F(EngineBackpressure, DropsVolatileMessagesWithoutAnOpenPoll) {
  const Opened opened = open_polling();
  EXPECT_EQ(send_text(opened.session(), "a", true), SendResult::dropped);
  const Exchange waiting = poll(opened.sid);
  EXPECT_EQ(send_text(opened.session(), "b", true), SendResult::sent);
  EXPECT_EQ(send_text(opened.session(), "c", true), SendResult::sent);  // the same answer
  loop.run();
  EXPECT_EQ(waiting->body(),
            "4b\x1e"
            "4c");
  EXPECT_EQ(send_text(opened.session(), "d", true), SendResult::dropped);
  EXPECT_EQ(observer.volatile_drops, 2);
}

TEST_F(EngineBackpressure, DropsVolatileMessagesForASlowWebSocketReader) {
  const Opened opened = open_websocket();
  EXPECT_EQ(send_text(opened.session(), "a", true), SendResult::sent);
  opened.channel->stall();
  send_text(opened.session(), "b");
  EXPECT_EQ(send_text(opened.session(), "c", true), SendResult::dropped);
  opened.channel->drain();
  EXPECT_EQ(send_text(opened.session(), "d", true), SendResult::sent);
  EXPECT_EQ(opened.channel->take(), (Strings{"4a", "4b", "4d"}));
}

TEST_F(EngineBackpressure, DropsVolatileMessagesRatherThanClose) {
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  EXPECT_EQ(send_text(opened.session(), std::string(2000, 'x'), true), SendResult::dropped);
  EXPECT_TRUE(opened.session().is_open());
}

TEST_F(EngineBackpressure, ForgetsAnOverflowWhenTheSessionEndsBefore) {
  const Opened opened = open_websocket();
  EXPECT_EQ(send_text(opened.session(), std::string(2000, 'x')), SendResult::overflow);
  opened.channel->connection_lost();
  loop.run();
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::transport_close});
}

TEST_F(EngineBackpressure, ForgetsAnOverflowWhenTheEngineEndsBefore) {
  const Opened opened = open_websocket();
  EXPECT_EQ(send_text(opened.session(), std::string(2000, 'x')), SendResult::overflow);
  destroy_engine();
  loop.run();
  EXPECT_EQ(opened.record->closes.size(), 1u);
}

}  // namespace
}  // namespace signaling::engine
