// Long-polling: polls, posts, and what ends the session.

#include "engine_fixture.hpp"

namespace signaling::engine {
namespace {

class EnginePolling : public EngineTest {};

TEST_F(EnginePolling, TakesPostsAndAnswersOk) {
  const Opened opened = open_polling();
  const Exchange exchange = post(opened.sid,
                                 "4hello\x1e"
                                 "bAQIDBA==\x1e"
                                 "4");
  EXPECT_EQ(exchange->status(), 200u);
  EXPECT_EQ(exchange->body(), "ok");
  EXPECT_EQ(exchange->reply().content_type, "text/html");
  EXPECT_EQ(exchange->reply_header("cache-control"), "no-store");
  EXPECT_EQ(opened.record->messages, (Strings{"hello", "b:\x01\x02\x03\x04", ""}));
  EXPECT_EQ(observer.received_bytes, 9u);
}

TEST_F(EnginePolling, AnswersAPollAtOnceWithAllThatIsQueued) {
  const Opened opened = open_polling();
  send_text(opened.session(), "a");
  const protocol::MessagePtr packet[] = {text_message("b"), binary_message("\x01\x02\x03\x04")};
  EXPECT_EQ(opened.session().send(packet), SendResult::sent);
  EXPECT_GT(opened.session().queued_bytes(), 0u);
  const Exchange exchange = poll(opened.sid);
  EXPECT_EQ(exchange->status(), 200u);
  EXPECT_EQ(exchange->reply().content_type, "text/plain; charset=UTF-8");
  EXPECT_EQ(exchange->reply_header("cache-control"), "no-store");
  EXPECT_EQ(exchange->body(),
            "4a\x1e"
            "4b\x1e"
            "bAQIDBA==");
  EXPECT_TRUE(exchange->reply().compressible);
  EXPECT_EQ(opened.session().queued_bytes(), 0u);
  EXPECT_EQ(observer.sent_bytes, 6u);
}

TEST_F(EnginePolling, HoldsAPollUntilThereIsSomething) {
  const Opened opened = open_polling();
  const Exchange exchange = poll(opened.sid);
  EXPECT_TRUE(exchange->is_pending());
  send_text(opened.session(), "a");
  loop.run();
  EXPECT_EQ(exchange->body(), "4a");
}

TEST_F(EnginePolling, SendsWhatOneTurnProducedInOneAnswer) {
  const Opened opened = open_polling();
  const Exchange exchange = poll(opened.sid);
  loop.post([&] {
    send_text(opened.session(), "a");
    send_text(opened.session(), "b");
    EXPECT_TRUE(exchange->is_pending());
  });
  loop.run();
  EXPECT_EQ(exchange->body(),
            "4a\x1e"
            "4b");
}

TEST_F(EnginePolling, EchoesSeveralPacketsOfAPostInOneAnswer) {
  factory.on_message = [](Session& session, std::string_view data) { send_text(session, data); };
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  post(opened.sid,
       "4test1\x1e"
       "4test2\x1e"
       "4test3");
  EXPECT_EQ(waiting->body(),
            "4test1\x1e"
            "4test2\x1e"
            "4test3");
}

TEST_F(EnginePolling, IsNotCompressibleWhereNoMessageWantsIt) {
  const Opened opened = open_polling();
  const protocol::MessagePtr message = text_message("a", false);
  opened.session().send(std::span(&message, 1));
  EXPECT_FALSE(poll(opened.sid)->reply().compressible);
}

TEST_F(EnginePolling, IgnoresPacketsWithoutMeaning) {
  const Opened opened = open_polling();
  EXPECT_EQ(post(opened.sid,
                 "0\x1e"
                 "5\x1e"
                 "6\x1e"
                 "3\x1e"
                 "4x")
                ->body(),
            "ok");
  EXPECT_EQ(opened.record->messages, Strings{"x"});
}

TEST_F(EnginePolling, ClosesUponAMalformedPayloadAndTakesNothingOfIt) {
  for (const char* body : {"abc", "",
                           "4a\x1e"
                           "zz",
                           "4a\x1e", "b!!", "4\xFF"}) {
    const Opened opened = open_polling();
    const Exchange waiting = poll(opened.sid);
    const Exchange exchange = post(opened.sid, body);
    EXPECT_EQ(exchange->status(), 400u) << body;
    EXPECT_EQ(waiting->body(), "1");
    EXPECT_EQ(opened.record->closes, std::vector{CloseReason::parse_error});
    EXPECT_TRUE(opened.record->messages.empty());
    expect_gone(opened.sid);
  }
}

TEST_F(EnginePolling, ClosesUponASecondPoll) {
  const Opened opened = open_polling();
  const Exchange first = poll(opened.sid);
  const Exchange second = poll(opened.sid);
  EXPECT_EQ(first->status(), 200u);
  EXPECT_EQ(first->body(), "1");
  EXPECT_EQ(second->status(), 400u);
  EXPECT_EQ(second->body(), "");
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::transport_error});
  expect_gone(opened.sid);
}

TEST_F(EnginePolling, ClosesWhenAPollIsCancelled) {
  const Opened opened = open_polling();
  const Exchange exchange = poll(opened.sid);
  exchange->lose();
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::transport_error});
  EXPECT_EQ(observer.last_close, "polling transport error");
  expect_gone(opened.sid);
}

TEST_F(EnginePolling, ClosesUponABinaryPost) {
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  const Exchange exchange = post(opened.sid, "4a", {{"Content-Type", "application/octet-stream"}});
  EXPECT_EQ(exchange->status(), 400u);
  EXPECT_EQ(exchange->body(), "");
  EXPECT_EQ(waiting->body(), "1");
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::transport_error});
}

TEST_F(EnginePolling, ClosesUponAPingOfTheClient) {
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  EXPECT_EQ(post(opened.sid,
                 "4a\x1e"
                 "2\x1e"
                 "4b")
                ->body(),
            "ok");
  EXPECT_EQ(waiting->body(), "1");
  EXPECT_EQ(opened.record->messages, Strings{"a"});
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::transport_error});
  expect_gone(opened.sid);
}

TEST_F(EnginePolling, LeavesTheSessionAloneUponOtherMethods) {
  const Opened opened = open_polling();
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "HEAD"}) {
    const Exchange exchange = request(method, "EIO=4&transport=polling&sid=" + opened.sid, "4a");
    EXPECT_EQ(exchange->status(), 405u);
    EXPECT_EQ(exchange->reply_header("Allow"), "GET, POST");
  }
  EXPECT_TRUE(opened.record->messages.empty());
  EXPECT_TRUE(opened.session().is_open());
}

TEST_F(EnginePolling, DropsTheRestOfAPayloadOnceTheHandlerHasClosed) {
  factory.on_message = [](Session& session, std::string_view data) {
    send_text(session, data);
    if (data == "bye") session.close(CloseReason::forced_close);
  };
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  EXPECT_EQ(post(opened.sid,
                 "4x\x1e"
                 "4bye\x1e"
                 "4y")
                ->body(),
            "ok");
  EXPECT_EQ(waiting->body(),
            "4x\x1e"
            "4bye\x1e"
            "1");
  EXPECT_EQ(opened.record->messages, (Strings{"x", "bye"}));
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::forced_close});
  expect_gone(opened.sid);
}

TEST_F(EnginePolling, DestroysASessionOnlyAfterItsCallbacksHaveReturned) {
  auto destroyed_within = std::make_shared<bool>(true);
  factory.on_message = [this, destroyed_within](Session& session, std::string_view) {
    session.close(CloseReason::server_shutting_down);
    *destroyed_within = factory.records.back()->session == nullptr;
  };
  const Opened opened = open_polling();
  post(opened.sid, "4x");
  EXPECT_FALSE(*destroyed_within);
  EXPECT_EQ(opened.record->session, nullptr);  // at the end of the turn
}

TEST_F(EnginePolling, KeepsSessionsApart) {
  const Opened one = open_polling();
  const Opened two = open_polling();
  const Exchange poll_one = poll(one.sid);
  const Exchange poll_two = poll(two.sid);
  send_text(two.session(), "for two");
  loop.run();
  EXPECT_TRUE(poll_one->is_pending());
  EXPECT_EQ(poll_two->body(), "4for two");
  post(one.sid, "zzz");
  EXPECT_TRUE(two.session().is_open());
}

TEST_F(EnginePolling, SendsToASessionThatIsClosedInTheSameTurn) {
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  loop.post([&] {
    send_text(opened.session(), "a");  // flushed at the end of the turn, if the session were still there
    opened.session().close(CloseReason::forced_close);
  });
  loop.run();
  EXPECT_EQ(waiting->body(),
            "4a\x1e"
            "1");
}

TEST_F(EnginePolling, SurvivesTheEndOfTheEngineWithTasksOnTheLoop) {
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  send_text(opened.session(), "a");
  destroy_engine();
  EXPECT_EQ(waiting->body(),
            "4a\x1e"
            "1");
  EXPECT_EQ(opened.record->closes, std::vector{CloseReason::server_shutting_down});
  loop.run();
}

}  // namespace
}  // namespace signaling::engine
