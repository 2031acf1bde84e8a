// Sessions that answer the address alone that opened them.

#include "engine_fixture.hpp"

namespace signaling::engine {
namespace {

constexpr std::string_view unknown = R"({"code":1,"message":"Session ID unknown"})";

class EngineBinding : public EngineTest {
 protected:
  EngineBinding() {
    options.bind_address = true;
    observer.address_of_errors = thief;
  }
  Exchange from(std::string_view address, std::shared_ptr<test::FakeExchange> exchange) {
    exchange->editable_request().remote_address = address;
    return handle(std::move(exchange));
  }
  Exchange poll_from(std::string_view address, const std::string& sid) {
    return from(address, std::make_shared<test::FakeExchange>("GET", "/engine.io/?EIO=4&transport=polling&sid=" + sid));
  }
  Exchange post_from(std::string_view address, const std::string& sid, std::string_view body) {
    return from(address, std::make_shared<test::FakeExchange>("POST", "/engine.io/?EIO=4&transport=polling&sid=" + sid, body));
  }
  Exchange probe_from(std::string_view address, const std::string& sid) {
    return from(address, test::FakeExchange::websocket("/engine.io/?EIO=4&transport=websocket&sid=" + sid));
  }
  static constexpr const char* thief = "192.0.2.66";
};

TEST_F(EngineBinding, TellsAnotherAddressThatThereIsNoSuchSession) {
  const Opened opened = open_polling();
  EXPECT_EQ(poll_from(thief, opened.sid)->body(), unknown);
  EXPECT_EQ(post_from(thief, opened.sid, "4stolen")->body(), unknown);
  const Exchange probe = probe_from(thief, opened.sid);
  EXPECT_FALSE(probe->is_accepted());
  EXPECT_EQ(probe->body(), "Session ID unknown");
  EXPECT_EQ(observer.errors, std::vector(3, ErrorCode::unknown_sid));
  // The session has not noticed.
  EXPECT_TRUE(opened.record->messages.empty() && opened.record->closes.empty());
  EXPECT_EQ(post(opened.sid, "4mine")->body(), "ok");
  EXPECT_EQ(opened.record->messages, Strings{"mine"});
}

TEST_F(EngineBinding, AStolenPollDoesNotEndTheOneThatWaits) {
  const Opened opened = open_polling();
  const Exchange waiting = poll(opened.sid);
  EXPECT_EQ(poll_from(thief, opened.sid)->body(), unknown);
  EXPECT_TRUE(waiting->is_pending());
  send_text(opened.session(), "for the owner");
  loop.run();
  EXPECT_EQ(waiting->body(), "4for the owner");
}

TEST_F(EngineBinding, LetsTheOwnerUpgrade) {
  const Opened opened = open_upgraded();
  EXPECT_EQ(opened.record->upgrades, 1);
  // A WebSocket is bound by itself: what else names the session gets the answer it gets without a binding.
  observer.address_of_errors = "192.0.2.1";
  EXPECT_EQ(poll(opened.sid)->status(), 400u);
  EXPECT_TRUE(opened.record->closes.empty());
}

TEST_F(EngineBinding, HoldsWhileTheSessionCloses) {
  const Opened opened = open_polling();
  send_text(opened.session(), "last");
  opened.session().close(CloseReason::forced_close);
  EXPECT_EQ(poll_from(thief, opened.sid)->body(), unknown);
  EXPECT_EQ(poll(opened.sid)->body(),
            "4last\x1e"
            "1");
}

TEST_F(EngineBinding, IsOnlyForSessionsOpenedWhileItIsOn) {
  options.bind_address = false;
  const Opened free_one = open_polling();
  options.bind_address = true;
  engine().set_options(options);
  EXPECT_EQ(post_from(thief, free_one.sid, "4a")->body(), "ok");
  const Opened bound = open_polling();
  EXPECT_EQ(post_from(thief, bound.sid, "4a")->body(), unknown);
}

}  // namespace
}  // namespace signaling::engine
