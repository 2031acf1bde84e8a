// Ends of sessions: by the client, by the server, by shutdown.

#include <algorithm>
#include <functional>
#include <random>

#include "engine_fixture.hpp"

namespace signaling::engine {
namespace {

class EngineClose : public EngineTest {
 protected:
  std::mt19937_64 random{1};
};

TEST_F(EngineClose, ByTheClientsPostAnswersThePollWithANoop) {
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  EXPECT_EQ(post(opened.sid, "1")->body(), "ok");
  EXPECT_EQ(waiting->status(), 200u);
  EXPECT_EQ(waiting->body(), "6");
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::transport_close});
  expect_gone(opened.sid);
}

TEST_F(EngineClose, ByTheClientWithoutAPoll) {
  const Opened opened = open_polling();
  EXPECT_EQ(post(opened.sid,
                 "4a\x1e"
                 "1\x1e"
                 "4b")
                ->body(),
            "ok");
  EXPECT_EQ(opened.record->messages, Strings{"a"});
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::transport_close});
  expect_gone(opened.sid);
}

TEST_F(EngineClose, ByTheClientStillDeliversWhatWasOnItsWay) {
  factory.on_message = [](Session& session, std::string_view data) { send_text(session, data); };
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  post(opened.sid,
       "4a\x1e"
       "1");
  EXPECT_EQ(waiting->body(), "4a");
}

TEST_F(EngineClose, ByTheServerAnswersAWaitingPoll) {
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  opened.session().close(CloseReason::forced_close);
  EXPECT_EQ(waiting->body(), "1");
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::forced_close});
  loop.run();
  expect_gone(opened.sid);
}

TEST_F(EngineClose, ByTheServerWaitsForTheNextPoll) {
  const Opened opened = open_polling();
  send_text(opened.session(), "last");
  opened.session().close(CloseReason::forced_close);
  // The handler was told at once; the client is told when it asks.
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::forced_close});
  EXPECT_FALSE(opened.session().is_open());
  EXPECT_EQ(post(opened.sid, "4late")->body(), "ok");
  EXPECT_TRUE(opened.record->messages.empty());
  EXPECT_EQ(poll(opened.sid)->body(),
            "4last\x1e"
            "1");
  expect_gone(opened.sid);
  EXPECT_EQ(opened.record->closes.size(), 1u);
  EXPECT_EQ(observer.closed, 1);
}

TEST_F(EngineClose, ByTheServerWaitsForTheNextPollNoLongerThanAllowed) {
  options.close_timeout = Milliseconds(1000);
  const Opened opened = open_polling();
  opened.session().close(CloseReason::forced_close);
  loop.advance(Milliseconds(999));
  EXPECT_EQ(engine().session_count(), 1u);
  loop.advance(Milliseconds(1));
  EXPECT_EQ(engine().session_count(), 0u);
  expect_gone(opened.sid);
  EXPECT_EQ(opened.record->closes.size(), 1u);
}

TEST_F(EngineClose, EndsTheWaitWhenTheClientClosesToo) {
  const Opened opened = open_polling();
  opened.session().close(CloseReason::forced_close);
  EXPECT_EQ(post(opened.sid, "1")->body(), "ok");
  expect_gone(opened.sid);
}

TEST_F(EngineClose, PingsNobodyWhileItWaits) {
  const Opened opened = open_polling();
  opened.session().close(CloseReason::forced_close);
  loop.advance(options.ping_interval);
  EXPECT_EQ(poll(opened.sid)->body(), "1");
}

TEST_F(EngineClose, OfAllSessionsWaitsForNobody) {
  const Opened websocket_session = open_websocket();
  const Opened waiting_session = open_polling();
  const Opened idle_session = open_polling();
  const Opened closing_session = open_polling();
  const Exchange waiting = poll(waiting_session.sid);
  const auto probe = open_probe(idle_session.sid);
  closing_session.session().close(CloseReason::forced_close);
  engine().close_all();
  loop.run();
  EXPECT_EQ(websocket_session.channel->close_code(), 1012);
  EXPECT_EQ(waiting->body(), "1");
  EXPECT_EQ(probe->close_code(), 1005);
  for (const auto& opened : {websocket_session, waiting_session, idle_session}) {
    EXPECT_EQ(opened.record->closes, std::vector{CloseReason::server_shutting_down});
  }
  EXPECT_EQ(closing_session.record->closes, std::vector{CloseReason::forced_close});
  EXPECT_EQ(engine().session_count(), 0u);
  EXPECT_EQ(loop.timers().size(), 0u);
}

TEST_F(EngineClose, OfAllSessionsEndsHandshakesAndRefusesNewOnes) {
  std::unique_ptr<HandshakeVerdict> verdict;
  factory.check = [&](const HttpRequest&, std::unique_ptr<HandshakeVerdict> v) { verdict = std::move(v); };
  const Exchange pending = request("GET", "EIO=4&transport=polling");
  engine().close_all();
  EXPECT_EQ(pending->status(), 503u);
  verdict->allow();
  EXPECT_TRUE(factory.records.empty());
  EXPECT_EQ(request("GET", "EIO=4&transport=polling")->status(), 503u);
  EXPECT_EQ(websocket("")->status(), 503u);
  EXPECT_EQ(observer.unavailable, std::vector<Unavailable>(3, Unavailable::shutting_down));
}

TEST_F(EngineClose, OfAllSessionsFromWithinAHandshakeCheck) {
  factory.check = [this](const HttpRequest&, std::unique_ptr<HandshakeVerdict> verdict) {
    engine().close_all();
    verdict->allow();
  };
  EXPECT_EQ(request("GET", "EIO=4&transport=polling")->status(), 503u);
  EXPECT_TRUE(factory.records.empty());
}

TEST_F(EngineClose, OfAllSessionsLetsOneHandlerCloseAnothersSession) {
  const Opened one = open_websocket();
  const Opened two = open_websocket();
  one.record->on_close = [&] { two.session().close(CloseReason::forced_close); };
  two.record->on_close = [&] { one.session().close(CloseReason::forced_close); };
  engine().close_all();
  EXPECT_EQ(one.record->closes.size(), 1u);
  EXPECT_EQ(two.record->closes.size(), 1u);
  loop.run();
  EXPECT_EQ(engine().session_count(), 0u);
}

TEST_F(EngineClose, MovingAwayTellsEachClientAfterWhatIsQueued) {
  const Opened websocket_session = open_websocket();
  const Opened waiting_session = open_polling();
  const Exchange waiting = poll(waiting_session.sid);
  send_text(websocket_session.session(), "last");
  send_text(waiting_session.session(), "last");
  EXPECT_EQ(engine().close_some(10, random), 2u);
  loop.run();
  EXPECT_EQ(websocket_session.channel->take(), Strings{"4last"});
  EXPECT_EQ(websocket_session.channel->close_code(), 1012);
  EXPECT_EQ(waiting->body(),
            "4last\x1e"
            "1");
  for (const auto& opened : {websocket_session, waiting_session})
    EXPECT_EQ(opened.record->closes, std::vector{CloseReason::server_shutting_down});
  EXPECT_EQ(engine().session_count(), 0u);
  EXPECT_EQ(engine().close_some(10, random), 0u);
}

TEST_F(EngineClose, MovingAwayWaitsForTheNextPoll) {
  const Opened opened = open_polling();
  EXPECT_EQ(engine().close_some(1, random), 1u);
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::server_shutting_down});
  EXPECT_EQ(engine().session_count(), 1u);
  EXPECT_EQ(post(opened.sid, "4late")->body(), "ok");
  EXPECT_EQ(poll(opened.sid)->body(), "1");
  expect_gone(opened.sid);
}

TEST_F(EngineClose, MovingAwayWaitsForAPollNoLongerThanASecond) {
  const Opened opened = open_polling();
  engine().close_some(1, random);
  loop.advance(leaving_poll_wait - Milliseconds(1));
  EXPECT_EQ(engine().session_count(), 1u);
  loop.advance(Milliseconds(1));
  EXPECT_EQ(engine().session_count(), 0u);
}

TEST_F(EngineClose, MovingAwayEndsAnUpgradeOverTheWebSocket) {
  const Opened opened = open_polling();
  const auto probe = open_probe(opened.sid);
  probe->receive("2probe");
  EXPECT_EQ(engine().close_some(1, random), 1u);
  // The client polls no more and finishes its upgrade.
  probe->receive("5");
  loop.run();
  EXPECT_EQ(probe->close_code(), 1012);
  EXPECT_EQ(engine().session_count(), 0u);
}

TEST_F(EngineClose, MovingAwayTakesThoseOnPollingFirstAndNobodyByAge) {
  std::vector<Opened> opened;
  for (int i = 0; i < 40; ++i) opened.push_back(i % 2 == 0 ? open_websocket() : open_polling());
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < opened.size(); ++i) opened[i].record->on_close = [&order, i] { order.push_back(i); };
  while (order.size() < opened.size()) EXPECT_EQ(engine().close_some(4, random), 4u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(order[i] % 2, 1u) << "polling first";
  for (std::size_t i = 20; i < 40; ++i) EXPECT_EQ(order[i] % 2, 0u);
  const auto half = order.begin() + 20;
  EXPECT_FALSE(std::is_sorted(order.begin(), half) || std::is_sorted(order.begin(), half, std::greater<>()));
  EXPECT_FALSE(std::is_sorted(half, order.end()) || std::is_sorted(half, order.end(), std::greater<>()));
}

TEST_F(EngineClose, RefusingHandshakesLeavesSessionsAlone) {
  const Opened opened = open_websocket();
  engine().refuse_handshakes();
  EXPECT_EQ(request("GET", "EIO=4&transport=polling")->status(), 503u);
  send_text(opened.session(), "on");
  EXPECT_EQ(opened.channel->take(), Strings{"4on"});
  EXPECT_TRUE(opened.record->closes.empty());
}

}  // namespace
}  // namespace signaling::engine
