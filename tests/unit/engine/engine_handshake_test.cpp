// Opening of sessions: what `Engine::handle` answers to handshakes, and how the layer above has its say.

#include "engine_fixture.hpp"

namespace signaling::engine {
namespace {

class EngineHandshake : public EngineTest {};

TEST_F(EngineHandshake, OpensAPollingSession) {
  const Exchange exchange = request("GET", "EIO=4&transport=polling");
  EXPECT_EQ(exchange->status(), 200u);
  EXPECT_EQ(exchange->reply().content_type, "text/plain; charset=UTF-8");
  EXPECT_EQ(exchange->reply_header("cache-control"), "no-store");
  EXPECT_EQ(exchange->reply_header("Set-Cookie"), "");
  const std::string sid = sid_in(exchange->body());
  EXPECT_EQ(
      exchange->body(),
      "0{\"sid\":\"" + sid + R"(","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})");
  EXPECT_EQ(engine().session_count(), 1u);
  EXPECT_EQ(observer.opened, 1);
  EXPECT_EQ(factory.records.at(0)->session->sid().view(), sid);
  EXPECT_EQ(factory.records.at(0)->session->transport(), TransportName::polling);
  EXPECT_TRUE(factory.records.at(0)->session->is_open());
}

TEST_F(EngineHandshake, OpensAWebSocketSession) {
  const Exchange exchange = websocket("");
  ASSERT_TRUE(exchange->is_accepted());
  const Strings sent = exchange->channel().take();
  ASSERT_EQ(sent.size(), 1u);
  const std::string sid = sid_in(sent[0]);
  EXPECT_EQ(sent[0],
            "0{\"sid\":\"" + sid + R"(","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})");
  EXPECT_EQ(factory.records.at(0)->session->transport(), TransportName::websocket);
}

TEST_F(EngineHandshake, MakesIdsOfThisLoop) {
  const std::optional<base::Sid> sid = base::Sid::parse(open_polling().sid);
  ASSERT_TRUE(sid);
  EXPECT_EQ(sid->loop(), 0);
  EXPECT_NE(open_polling().sid, sid->view());
}

TEST_F(EngineHandshake, SetsTheCookieOnPollingAlone) {
  options.cookie.emplace();
  const Exchange polling = request("GET", "EIO=4&transport=polling");
  EXPECT_EQ(polling->reply_header("Set-Cookie"), "io=" + sid_in(polling->body()) + "; Path=/; HttpOnly; SameSite=Lax");
  EXPECT_EQ(websocket("")->reply_header("Set-Cookie"), "");
  EXPECT_EQ(post(sid_in(polling->body()), "4a")->reply_header("Set-Cookie"), "");
}

TEST_F(EngineHandshake, CountsErrorsWithTheirAddress) {
  EXPECT_EQ(request("GET", "EIO=4&transport=x")->body(), R"({"code":0,"message":"Transport unknown"})");
  EXPECT_EQ(request("POST", "EIO=4&transport=polling")->body(), R"({"code":2,"message":"Bad handshake method"})");
  EXPECT_EQ(websocket("&sid=x")->body(), "Session ID unknown");
  EXPECT_EQ(observer.errors,
            (std::vector<ErrorCode>{ErrorCode::unknown_transport, ErrorCode::bad_handshake_method, ErrorCode::unknown_sid}));
  EXPECT_EQ(factory.checks, 0);
  EXPECT_EQ(engine().session_count(), 0u);
}

TEST_F(EngineHandshake, LooksForSidsOfAnyLengthAndContent) {
  open_polling();
  for (const std::string& sid : {std::string("a"), std::string(300, 'x'), std::string("%00%FF"), std::string(20, '.')}) {
    expect_gone(sid);
  }
}

TEST_F(EngineHandshake, RefusesOtherVersionsAfterTheLayerAboveHasAgreed) {
  for (const char* version : {"EIO=3&", "EIO=5&", "EIO=abc&", "EIO=&", ""}) {
    const Exchange exchange = request("GET", std::string(version) + "transport=polling");
    EXPECT_EQ(exchange->status(), 400u);
    EXPECT_EQ(exchange->body(), R"({"code":5,"message":"Unsupported protocol version"})");
  }
  EXPECT_EQ(factory.checks, 5);
  const Exchange exchange = handle(test::FakeExchange::websocket("/engine.io/?EIO=3&transport=websocket"));
  EXPECT_EQ(exchange->status(), 400u);
  EXPECT_EQ(exchange->body(), "Unsupported protocol version");
  EXPECT_EQ(engine().session_count(), 0u);
}

TEST_F(EngineHandshake, RefusesWithTheMessageOfTheLayerAbove) {
  factory.check = [](const HttpRequest&, std::unique_ptr<HandshakeVerdict> verdict) { verdict->refuse({"thou shalt not"}); };
  const Exchange polling = request("GET", "EIO=3&transport=polling");  // before the version is looked at
  EXPECT_EQ(polling->status(), 403u);
  EXPECT_EQ(polling->body(), R"({"code":4,"message":"thou shalt not"})");
  const Exchange exchange = websocket("");
  EXPECT_EQ(exchange->status(), 400u);
  EXPECT_EQ(exchange->body(), "thou shalt not");
  EXPECT_TRUE(exchange->reply().close);
  EXPECT_EQ(observer.errors.back(), ErrorCode::forbidden);
}

TEST_F(EngineHandshake, WaitsForAVerdictThatComesLater) {
  std::unique_ptr<HandshakeVerdict> verdict;
  factory.check = [&](const HttpRequest&, std::unique_ptr<HandshakeVerdict> v) { verdict = std::move(v); };
  const Exchange exchange = request("GET", "EIO=4&transport=polling");
  EXPECT_TRUE(exchange->is_pending());
  verdict->allow();
  EXPECT_EQ(exchange->status(), 200u);
  verdict->refuse({"too late"});
  EXPECT_EQ(engine().session_count(), 1u);
}

TEST_F(EngineHandshake, RefusesWhenTheVerdictIsDropped) {
  factory.check = [](const HttpRequest&, std::unique_ptr<HandshakeVerdict>) {};
  EXPECT_EQ(request("GET", "EIO=4&transport=polling")->body(), R"({"code":4,"message":"Forbidden"})");
}

TEST_F(EngineHandshake, ForgetsClientsThatLeaveBeforeTheVerdict) {
  std::unique_ptr<HandshakeVerdict> verdict;
  factory.check = [&](const HttpRequest&, std::unique_ptr<HandshakeVerdict> v) { verdict = std::move(v); };
  const Exchange exchange = request("GET", "EIO=4&transport=polling");
  exchange->lose();
  verdict->allow();
  EXPECT_FALSE(exchange->is_answered());
  EXPECT_TRUE(factory.records.empty());
  EXPECT_EQ(engine().session_count(), 0u);
}

TEST_F(EngineHandshake, DoesNotWaitForAVerdictForever) {
  std::unique_ptr<HandshakeVerdict> verdict;
  factory.check = [&](const HttpRequest&, std::unique_ptr<HandshakeVerdict> v) { verdict = std::move(v); };
  const Exchange exchange = request("GET", "EIO=4&transport=polling");
  loop.advance(options.handshake_timeout - Milliseconds(1));
  EXPECT_TRUE(exchange->is_pending());
  loop.advance(Milliseconds(1));
  EXPECT_EQ(exchange->status(), 503u);
  EXPECT_EQ(observer.unavailable, std::vector{Unavailable::no_verdict});
  verdict->allow();
  EXPECT_TRUE(factory.records.empty());
}

TEST_F(EngineHandshake, RefusesMoreSessionsThanAllowed) {
  options.max_sessions = 2;
  open_polling();
  std::unique_ptr<HandshakeVerdict> verdict;
  factory.check = [&](const HttpRequest&, std::unique_ptr<HandshakeVerdict> v) { verdict = std::move(v); };
  const Exchange waiting = request("GET", "EIO=4&transport=polling");
  // Handshakes under way count, so that a burst of them cannot pass the limit together.
  const Exchange refused = websocket("");
  EXPECT_EQ(refused->status(), 503u);
  EXPECT_TRUE(refused->reply().close);
  EXPECT_EQ(observer.unavailable, std::vector{Unavailable::too_many_sessions});
  waiting->lose();
  factory.check = nullptr;
  EXPECT_TRUE(websocket("")->is_accepted());
}

TEST_F(EngineHandshake, AnswersTheOpenPacketBeforeWhatTheHandlerSendsFirst) {
  factory.on_open = [](Session& session) { EXPECT_EQ(send_text(session, "first"), SendResult::sent); };
  const Exchange polling = request("GET", "EIO=4&transport=polling");
  const std::string sid = sid_in(polling->body());
  EXPECT_EQ(polling->body().find('\x1e'), std::string::npos);
  EXPECT_EQ(poll(sid)->body(), "4first");
  const Strings sent = websocket("")->channel().take();
  ASSERT_EQ(sent.size(), 2u);
  sid_in(sent[0]);
  EXPECT_EQ(sent[1], "4first");
}

TEST_F(EngineHandshake, LetsTheHandlerCloseWhileItIsMade) {
  factory.on_open = [](Session& session) {
    send_text(session, "bye");
    session.close(CloseReason::forced_close);
    EXPECT_FALSE(session.is_open());
    EXPECT_EQ(send_text(session, "late"), SendResult::closed);
  };
  const Opened polling = open_polling();
  EXPECT_EQ(polling.record->closes, std::vector{CloseReason::forced_close});
  EXPECT_EQ(poll(polling.sid)->body(),
            "4bye\x1e"
            "1");
  expect_gone(polling.sid);

  const auto channel = websocket("")->shared_channel();
  EXPECT_EQ(channel->take().at(1), "4bye");
  EXPECT_EQ(channel->close_code(), 1005);
  EXPECT_EQ(factory.records.back()->closes, std::vector{CloseReason::forced_close});
  EXPECT_EQ(engine().session_count(), 0u);
}

}  // namespace
}  // namespace signaling::engine
