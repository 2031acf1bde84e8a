// What middleware may do with handshakes, CONNECTs and events, at once or later.
#include "fixture.hpp"

namespace signaling::test {
namespace {

using namespace plugin_api;
using socketio::Drop;
using Strings = std::vector<std::string>;

class MiddlewareTest : public SocketioTest {
 protected:
  FakeMiddleware first{hook_handshake | hook_connect | hook_event | hook_disconnect};
  FakeMiddleware second{hook_handshake | hook_connect | hook_event};
  void SetUp() override { middlewares = {&first, &second}; }

  struct HandshakeResult {
    std::string text = "none";
  };
  class RecordedVerdict final : public engine::HandshakeVerdict {
   public:
    explicit RecordedVerdict(HandshakeResult& result) : result_(result) {}
    void allow() override { result_.text = "allow"; }
    void refuse(const engine::HandshakeRefusal& refusal) override {
      result_.text = "refuse " + std::string(refusal.message);
      if (refusal.status != 403 || refusal.retry_after_seconds != 0) {
        result_.text += " " + std::to_string(refusal.status) + " " + std::to_string(refusal.retry_after_seconds);
      }
    }

   private:
    HandshakeResult& result_;
  };
  std::string handshake() {
    HandshakeResult result;
    engine::HttpRequest request;
    request.target = "/socket.io/?EIO=4";
    request.headers = {{"X-Key", "42"}};
    server->factory(0).check_handshake(request, std::make_unique<RecordedVerdict>(result));
    run();
    return result.text;
  }
};

TEST_F(MiddlewareTest, SeesHandshakesInOrder) {
  make();
  EXPECT_EQ(handshake(), "allow");
  int seen = 0;
  second.handshake_hook = [&](const Handshake& h, Verdict& v) {
    ++seen;
    h.header("x-key") == "42" ? v.refuse("not you") : v.pass();
  };
  EXPECT_EQ(handshake(), "refuse not you");
  first.handshake_hook = [](const Handshake&, Verdict& v) { v.refuse("earlier"); };
  EXPECT_EQ(handshake(), "refuse earlier");
  EXPECT_EQ(seen, 1);
  first.handshake_hook = [](const Handshake&, Verdict&) {};  // no verdict: fails closed
  EXPECT_EQ(handshake(), "refuse internal error");
  first.handshake_hook = [](const Handshake&, Verdict& v) -> void {
    v.pass();
    throw std::runtime_error("after all");
  };
  EXPECT_EQ(handshake(), "refuse internal error");
}

TEST_F(MiddlewareTest, RefusesHandshakesWithAStatusOfItsOwn) {
  make();
  HandshakeRefusal refusal{429, "slowly", 3};
  second.handshake_hook = [&](const Handshake&, Verdict& v) { socketio::Server::handshake_refusals().refuse(v, refusal); };
  EXPECT_EQ(handshake(), "refuse slowly 429 3");
  refusal = {200, "as if nothing was", 0};
  EXPECT_EQ(handshake(), "refuse as if nothing was");
  // The same later, by the object that `defer` gave.
  refusal = {503, "later", 1};
  second.handshake_hook = [&](const Handshake&, Verdict& v) {
    socketio::Server::handshake_refusals().refuse(v.defer(), refusal);
  };
  EXPECT_EQ(handshake(), "refuse later 503 1");
}

TEST_F(MiddlewareTest, RefusesConnectWithDataAndKeepsTheConnection) {
  make();
  first.connect_hook = [](Socket&, Verdict& v) { v.refuse("not authorized", R"({"code":"E1"})"); };
  FakeSession& session = open();
  session.receive("0");
  EXPECT_EQ(session.take(), Strings{R"(44{"message":"not authorized","data":{"code":"E1"}})"});
  EXPECT_TRUE(session.is_open());
  EXPECT_TRUE(app->take().empty());
  EXPECT_TRUE(first.reasons.empty());
  first.connect_hook = nullptr;
  session.receive("0");
  EXPECT_EQ(app->take(), Strings{"connect / {}"});
  session.lose();
  EXPECT_EQ(first.reasons, Strings{"transport close"});
}

TEST_F(MiddlewareTest, IsToldOfTheEndOfEverySocketThatItLetIn) {
  FakeMiddleware third{hook_connect | hook_disconnect};
  middlewares = {&first, &second, &third};
  make();
  // Another refuses it.
  second.connect_hook = [](Socket&, Verdict& v) { v.refuse("no"); };
  FakeSession& session = open();
  session.receive("0");
  EXPECT_EQ(first.reasons, Strings{"server namespace disconnect"});
  EXPECT_TRUE(third.reasons.empty());  // was not asked
  // The client leaves while the last one thinks.
  first.reasons.clear();
  second.connect_hook = nullptr;
  Verdict* kept = nullptr;
  third.connect_hook = [&](Socket&, Verdict& v) { kept = &v.defer(); };
  session.receive("0");
  session.lose();
  EXPECT_EQ(first.reasons, Strings{"transport close"});
  EXPECT_EQ(third.reasons, Strings{"transport close"});
  kept->pass();
  run();
  // The verdict comes too late.
  first.reasons.clear();
  third.reasons.clear();
  FakeSession& other = open();
  other.receive("0");
  advance(socketio::Options().middleware_timeout);
  EXPECT_EQ(other.take(), Strings{R"(44{"message":"timeout"})"});
  EXPECT_EQ(first.reasons, Strings{"server namespace disconnect"});
  EXPECT_EQ(third.reasons, Strings{"server namespace disconnect"});
  kept->pass();
  run();
  EXPECT_TRUE(app->take().empty());
}

TEST_F(MiddlewareTest, MayDisconnectOnConnect) {
  make();
  second.connect_hook = [](Socket&, Verdict& v) { v.disconnect(); };
  FakeSession& session = open();
  session.receive("0");
  EXPECT_FALSE(session.is_open());
  EXPECT_EQ(server->counters(0).sockets.value(), 0u);
}

TEST_F(MiddlewareTest, GivesClaimsToTheApplication) {
  make();
  first.connect_hook = [](Socket& socket, Verdict& v) {
    EXPECT_EQ(socket.set_claims(R"({"sub":"u"})"), Status::ok);
    const std::string_view pieces[] = {R"(["too early"])"};
    EXPECT_EQ(socket.emit({pieces}), EmitResult::closed);
    v.pass();
  };
  connect();
  EXPECT_EQ(app->sockets[0]->claims(), R"({"sub":"u"})");
}

TEST_F(MiddlewareTest, DecidesConnectLater) {
  make();
  Verdict* kept = nullptr;
  first.connect_hook = [&](Socket&, Verdict& v) { kept = &v.defer(); };
  FakeSession& session = open();
  session.receive("0");
  EXPECT_TRUE(session.take().empty());
  kept->pass();
  run();
  EXPECT_EQ(app->take(), Strings{"connect / {}"});
  EXPECT_EQ(session.take().size(), 1u);
}

TEST_F(MiddlewareTest, StandsAClientThatGoesWhileItsConnectIsPending) {
  make();
  Verdict* kept = nullptr;
  first.connect_hook = [&](Socket&, Verdict& v) { kept = &v.defer(); };
  FakeSession& session = open();
  session.receive("0");
  session.lose();
  session.handler.reset();
  kept->pass();
  run();
  EXPECT_TRUE(app->take().empty());
}

TEST_F(MiddlewareTest, RefusesWhatIsNotDecidedInTime) {
  make();
  Verdict* kept = nullptr;
  first.connect_hook = [&](Socket&, Verdict& v) { kept = &v.defer(); };
  FakeSession& session = open();
  session.receive("0");
  advance(base::Milliseconds(5000));
  EXPECT_EQ(session.take(), Strings{R"(44{"message":"timeout"})"});
  EXPECT_EQ(drops(Drop::middleware_timeout), 1u);
  kept->pass();  // too late, and harmless
  run();
  EXPECT_TRUE(app->take().empty());
}

TEST_F(MiddlewareTest, AnEventBeforeTheVerdictClosesTheConnection) {
  make();
  Verdict* kept = nullptr;
  first.connect_hook = [&](Socket&, Verdict& v) { kept = &v.defer(); };
  FakeSession& session = open();
  session.receive("0");
  session.receive(R"(2["x"])");
  EXPECT_FALSE(session.is_open());
  kept->pass();
  run();
  EXPECT_TRUE(app->take().empty());
}

TEST_F(MiddlewareTest, PassesReplacesAndDropsEvents) {
  make();
  first.event_hook = [](Socket&, const Event& event, Verdict& v) {
    if (event.name == "drop") return v.refuse("no");
    if (event.name == "change") {
      const std::string_view pieces[] = {R"(["changed",)", R"("by first"])"};
      v.replace({pieces});
    }
    if (event.name == "broken") {
      const std::string_view pieces[] = {R"({"no":"event"})"};
      v.replace({pieces});
    }
    v.pass();
  };
  Strings seen_by_second;
  second.event_hook = [&](Socket&, const Event& event, Verdict& v) {
    seen_by_second.emplace_back(event.name);
    v.pass();
  };
  FakeSession& session = connect();
  session.receive(R"(2["drop"])");
  session.receive(R"(2["change",1])");
  session.receive(R"(2["broken",2])");
  session.receive(R"(2["plain",3])");
  EXPECT_EQ(app->take(), (Strings{R"(event changed "by first" +0)", "event broken 2 +0", "event plain 3 +0"}));
  EXPECT_EQ(seen_by_second, (Strings{"changed", "broken", "plain"}));
  EXPECT_EQ(drops(Drop::middleware_refused), 1u);
}

TEST_F(MiddlewareTest, KeepsTheOrderOfEventsWhileOneWaits) {
  make();
  Verdict* kept = nullptr;
  first.event_hook = [&](Socket&, const Event& event, Verdict& v) {
    if (event.name == "slow") {
      kept = &v.defer();
    } else {
      v.pass();
    }
  };
  FakeSession& session = connect();
  session.receive(R"(25["slow",1])");
  session.receive(R"(51-["fast",{"_placeholder":true,"num":0}])");
  session.receive_binary("bytes");
  session.receive(R"(2["faster"])");
  EXPECT_TRUE(app->take().empty());
  kept->pass();
  run();
  EXPECT_EQ(app->take(), (Strings{"event slow 1 +0", R"(event fast {"_placeholder":true,"num":0} +1)", "event faster  +0"}));
}

TEST_F(MiddlewareTest, BoundsTheEventsThatWait) {
  socketio::Options options;
  options.max_held_messages = 2;
  make(options);
  Verdict* kept = nullptr;
  first.event_hook = [&](Socket&, const Event& event, Verdict& v) {
    event.name == "slow" ? void(kept = &v.defer()) : v.pass();
  };
  FakeSession& session = connect();
  session.receive(R"(2["slow"])");
  for (int i = 0; i < 3; ++i) session.receive(R"(2["x"])");
  EXPECT_EQ(drops(Drop::held_full), 1u);
  kept->pass();
  run();
  EXPECT_EQ(app->take().size(), 3u);
}

TEST_F(MiddlewareTest, StandsASocketThatLeavesWhileItsEventWaits) {
  make();
  Verdict* kept = nullptr;
  first.event_hook = [&](Socket&, const Event&, Verdict& v) { kept = &v.defer(); };
  FakeSession& session = connect();
  session.receive(R"(2["slow"])");
  session.receive("1");
  kept->pass();
  run();
  EXPECT_EQ(app->take(), Strings{"disconnect client namespace disconnect"});
}

TEST_F(MiddlewareTest, MayDisconnectOnAnEvent) {
  make();
  first.event_hook = [](Socket&, const Event&, Verdict& v) { v.disconnect(); };
  FakeSession& session = connect();
  session.receive(R"(2["x"])");
  EXPECT_FALSE(session.is_open());
  EXPECT_EQ(app->take(), Strings{"disconnect server namespace disconnect"});
}

}  // namespace
}  // namespace signaling::test
