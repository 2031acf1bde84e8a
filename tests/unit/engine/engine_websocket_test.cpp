// Sessions on WebSocket.

#include "engine_fixture.hpp"

namespace signaling::engine {
namespace {

class EngineWebSocket : public EngineTest {};

TEST_F(EngineWebSocket, SendsTextWithItsDigitAndBinaryAsItIs) {
  const Opened opened = open_websocket();
  const protocol::MessagePtr messages[] = {text_message("hello"), binary_message("\x01\x02\x03")};
  EXPECT_EQ(opened.session().send(messages), SendResult::sent);
  ASSERT_EQ(opened.channel->frames().size(), 2u);
  EXPECT_FALSE(opened.channel->frames()[0].is_binary);
  EXPECT_EQ(opened.channel->frames()[0].data, "4hello");
  EXPECT_TRUE(opened.channel->frames()[1].is_binary);
  EXPECT_EQ(opened.channel->frames()[1].data, "\x01\x02\x03");
  EXPECT_EQ(observer.sent_bytes, 8u);
}

TEST_F(EngineWebSocket, ReceivesTextAndBinary) {
  const Opened opened = open_websocket();
  opened.channel->receive("4hello");
  opened.channel->receive("4");
  opened.channel->receive_binary("\x01\x02");
  opened.channel->receive_binary("");
  EXPECT_EQ(opened.record->messages, (Strings{"hello", "", "b:\x01\x02", "b:"}));
  EXPECT_EQ(observer.received_bytes, 7u);
}

TEST_F(EngineWebSocket, TellsOfMessagesThatHaveNotComeWhole) {
  const Opened opened = open_websocket();
  opened.channel->receive_partial("4hel");
  opened.channel->receive_partial("b123");  // no message's text
  EXPECT_EQ(opened.record->partial_messages, Strings{"hel"});
  EXPECT_EQ(opened.record->messages, Strings{});
  opened.session().close(CloseReason::forced_close);
}

TEST_F(EngineWebSocket, SpeaksBase64WithClientsThatAskForIt) {
  const Opened opened = open_websocket("&b64=1");
  opened.channel->receive("bAQIDBA==");
  EXPECT_EQ(opened.record->messages, Strings{"b:\x01\x02\x03\x04"});
  const protocol::MessagePtr message = binary_message("\x01\x02\x03\x04");
  opened.session().send(std::span(&message, 1));
  EXPECT_FALSE(opened.channel->frames().at(0).is_binary);
  EXPECT_EQ(opened.channel->take(), Strings{"bAQIDBA=="});
}

TEST_F(EngineWebSocket, IgnoresPacketsWithoutMeaning) {
  const Opened opened = open_websocket();
  for (const char* packet : {"0", "3", "5", "6", "3probe"}) opened.channel->receive(packet);
  opened.channel->receive("4x");
  EXPECT_EQ(opened.record->messages, Strings{"x"});
  EXPECT_TRUE(opened.channel->is_open());
}

TEST_F(EngineWebSocket, ClosesUponMalformedPackets) {
  for (const char* packet : {"abc", "", "7", "b!",
                             "bAQID\x1e"
                             "4x"}) {
    const Opened opened = open_websocket();
    opened.channel->receive(packet);
    EXPECT_EQ(opened.channel->close_code(), 1005) << packet;
    EXPECT_EQ(opened.record->closes, std::vector{CloseReason::parse_error});
  }
}

TEST_F(EngineWebSocket, ClosesUponAPingOfTheClient) {
  for (const char* packet : {"2", "2probe"}) {
    const Opened opened = open_websocket();
    opened.channel->receive(packet);
    EXPECT_EQ(opened.channel->close_code(), 1005);
    EXPECT_EQ(opened.record->closes, std::vector{CloseReason::transport_error});
  }
}

TEST_F(EngineWebSocket, ClosesUponAClosePacketAtOnce) {
  const Opened opened = open_websocket();
  opened.channel->receive("1");
  EXPECT_EQ(opened.channel->close_code(), 1005);
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::transport_close});
  loop.run();
  EXPECT_EQ(engine().session_count(), 0u);
}

TEST_F(EngineWebSocket, TellsCloseFramesAndLostConnectionsFromViolations) {
  const auto reason = [this](std::uint16_t code, bool clean) {
    const Opened opened = open_websocket();
    opened.channel->client_closes(code, clean);
    return opened.record->closes.at(0);
  };
  EXPECT_EQ(reason(1005, true), CloseReason::transport_close);
  EXPECT_EQ(reason(1001, true), CloseReason::transport_close);
  EXPECT_EQ(reason(1002, true), CloseReason::transport_close);
  EXPECT_EQ(reason(1006, false), CloseReason::transport_close);
  EXPECT_EQ(reason(1002, false), CloseReason::transport_error);
  EXPECT_EQ(reason(1009, false), CloseReason::transport_error);
}

TEST_F(EngineWebSocket, ClosesWithTheCodeOfTheReason) {
  const auto code = [this](CloseReason reason) {
    const Opened opened = open_websocket();
    opened.session().close(reason);
    EXPECT_EQ(opened.record->closes, std::vector{reason});
    return opened.channel->close_code();
  };
  EXPECT_EQ(code(CloseReason::forced_close), 1005);
  EXPECT_EQ(code(CloseReason::parse_error), 1005);
  EXPECT_EQ(code(CloseReason::server_shutting_down), 1012);
}

TEST_F(EngineWebSocket, RefusesPollsOfItsSid) {
  const Opened opened = open_websocket();
  EXPECT_EQ(poll(opened.sid)->body(), R"({"code":3,"message":"Bad request"})");
  EXPECT_EQ(post(opened.sid, "4a")->body(), R"({"code":3,"message":"Bad request"})");
  EXPECT_TRUE(opened.session().is_open());
}

TEST_F(EngineWebSocket, AcceptsAndClosesASecondWebSocketOfItsSid) {
  const Opened opened = open_websocket();
  const Exchange exchange = websocket("&sid=" + opened.sid);
  EXPECT_EQ(exchange->channel().close_code(), 1005);
  EXPECT_TRUE(exchange->channel().take().empty());
  opened.channel->receive("4still here");
  EXPECT_EQ(opened.record->messages, Strings{"still here"});
}

TEST_F(EngineWebSocket, AcceptsAndClosesAWebSocketThatClaimsToBePolling) {
  const Exchange exchange = handle(test::FakeExchange::websocket("/engine.io/?EIO=4&transport=polling"));
  EXPECT_EQ(exchange->channel().close_code(), 1005);
  EXPECT_EQ(factory.checks, 0);
}

TEST_F(EngineWebSocket, MayBeClosedByItsHandlerWhileAMessageIsHandled) {
  factory.on_message = [](Session& session, std::string_view) {
    session.close(CloseReason::forced_close);
    EXPECT_FALSE(session.is_open());
    EXPECT_EQ(send_text(session, "late"), SendResult::closed);
  };
  const Opened opened = open_websocket();
  opened.channel->receive("4x");
  opened.channel->receive("4y");
  EXPECT_EQ(opened.record->messages, Strings{"x"});
  EXPECT_EQ(opened.record->closes.size(), 1u);
  EXPECT_NE(opened.record->session, nullptr);
  loop.run();
  EXPECT_EQ(opened.record->session, nullptr);
}

TEST_F(EngineWebSocket, MayBeClosedAgainByItsCloseHandler) {
  const Opened opened = open_websocket();
  opened.record->on_close = [&] {
    opened.session().close(CloseReason::forced_close);
    EXPECT_EQ(send_text(opened.session(), "late"), SendResult::closed);
  };
  opened.channel->receive("1");
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::transport_close});
}

}  // namespace
}  // namespace signaling::engine
