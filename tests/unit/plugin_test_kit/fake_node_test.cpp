// A node of the kit keeps what the server promises: the way of an event through middleware to the application, and back.

#include <deque>

#include <gtest/gtest.h>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/fake_cluster.hpp>

namespace signaling::testing {
namespace {

using namespace plugin_api;
using Texts = std::vector<std::string>;

/// Says to all what one says, and keeps what it is told.
class Echo final : public BasicApplication {
 public:
  explicit Echo(Host& host) : host_(host) {}
  void claim_namespaces(NamespaceClaims& claims) override { claims.claim("/"); }
  void on_connect(Socket& socket) override { told.push_back("connect " + std::string(socket.id())); }
  void on_disconnect(Socket&, std::string_view reason) override { told.push_back("left: " + std::string(reason)); }
  void on_event(Socket& socket, const Event& event) override {
    told.push_back(std::string(event.text));
    if (event.name == "all") {
      const std::string_view text[] = {"[\"said\",", event.args, "]"};
      host_.namespaces().emit({}, {text});
    }
    if (event.name == "ask") {
      const std::string_view text[] = {"[\"question\"]"};
      host_.namespaces().emit_with_ack(
          {}, {text}, 1'000, make_broadcast_ack_handler([this](Status status, auto answers, auto expected, auto) {
            std::string line = std::string(to_string(status)) + " of " + std::to_string(expected) + ":";
            for (const auto& answer : answers) line += ' ' + std::string(answer.args);
            told.push_back(line);
          }));
    }
    if (event.name == "servers") {
      const std::string_view text[] = {"[\"ping\",1]"};
      auto& handler = make_server_answers_handler([this](Status status, auto answers, auto) {
        std::string line(to_string(status));
        for (const auto& answer : answers) line += ' ' + std::string(answer.node) + std::string(answer.args);
        told.push_back(line);
      });
      host_.namespaces().emit_to_servers("/", {text}, 1'000, &handler);
    }
    if (event.name == "bye") socket.disconnect(true);
  }
  void on_server_event(std::string_view, std::string_view from, const Event& event, ServerReply& reply) override {
    told.push_back(std::string(from) + ' ' + std::string(event.name));
    const std::string_view text[] = {"[", event.args, "]"};
    reply.answer({text});
  }
  Texts told;

 private:
  Host& host_;
};

/// Decides as the event's name says.
class Gate final : public BasicMiddleware {
 public:
  std::uint32_t hooks() const override { return hook_connect | hook_event | hook_disconnect; }
  void on_connect(Socket& socket, Verdict& verdict) override {
    if (socket.handshake().header("x-key") != "open") return verdict.refuse("closed");
    socket.set_claims("{}");
    verdict.pass();
  }
  void on_event(Socket&, const Event& event, Verdict& verdict) override {
    if (event.name == "later") {
      later.push_back(&verdict.defer());
    } else if (event.name == "instead") {
      const std::string_view text[] = {"[\"other\",1]"};
      verdict.replace({text});
      verdict.pass();
    } else if (event.name == "out") {
      verdict.disconnect();
    } else {
      verdict.pass();
    }
  }
  void on_disconnect(Socket&, std::string_view) override { ++left; }
  std::deque<Verdict*> later;
  int left = 0;
};

class FakeNodeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    node.guard(gate);
    node.run(echo);
  }
  FakeSocket& connect() {
    FakeHandshake handshake;
    handshake.headers["X-Key"] = "open";
    return node.connect(handshake);
  }
  FakeCluster cluster{2};
  FakeNode& node = cluster.node(0);
  Gate gate;
  Echo echo{node.host()};
};

TEST_F(FakeNodeTest, ConnectsThoseThatMiddlewareLetsIn) {
  EXPECT_FALSE(node.connect().is_connected());
  EXPECT_TRUE(echo.told.empty());
  FakeSocket& socket = connect();
  EXPECT_TRUE(socket.verdict().passed());
  EXPECT_EQ(socket.claims(), "{}");
  EXPECT_EQ(echo.told, Texts{"connect 0-1"});
  socket.drop_connection();
  EXPECT_EQ(echo.told.back(), "left: transport close");
  EXPECT_EQ(gate.left, 1) << "not of the one that it has refused itself";
}

TEST_F(FakeNodeTest, EventsWaitBehindOneThatIsDeferred) {
  FakeSocket& socket = connect();
  socket.send("later", "1");
  socket.send("next", "");
  EXPECT_EQ(echo.told.size(), 1u);
  gate.later.front()->pass();
  node.host().run_posted();
  EXPECT_EQ(echo.told, (Texts{"connect 0-0", R"(["later",1])", R"(["next"])"}));
}

TEST_F(FakeNodeTest, DeadlineRefusesAndLetsTheNextOneGo) {
  FakeSocket& socket = connect();
  socket.send("later", "1");
  RecordedVerdict& verdict = socket.verdict();
  socket.send("next", "");
  node.host().advance(RecordedVerdict::default_deadline_ms);
  EXPECT_TRUE(verdict.is_timed_out());
  EXPECT_EQ(echo.told, (Texts{"connect 0-0", R"(["next"])"}));
}

TEST_F(FakeNodeTest, ReplacesAndDisconnects) {
  FakeSocket& socket = connect();
  socket.send("instead", "\"of this\"");
  EXPECT_EQ(echo.told.back(), R"(["other",1])");
  socket.send("out", "");
  EXPECT_EQ(socket.disconnected_by_server, true);
  EXPECT_EQ(echo.told.back(), "left: server namespace disconnect");
}

TEST_F(FakeNodeTest, BroadcastsToAWholeNamespaceOnEveryNode) {
  FakeSocket& one = connect();
  Echo there{cluster.node(1).host()};
  cluster.node(1).run(there);
  FakeSocket& other = cluster.node(1).connect();
  FakeSocket& elsewhere = cluster.node(1).connect({}, "/elsewhere");
  one.send("all", "2");
  EXPECT_EQ(one.take_events(), Texts{R"(["said",2])"});
  EXPECT_EQ(other.take_events(), Texts{R"(["said",2])"});
  EXPECT_TRUE(elsewhere.take_events().empty());
}

TEST_F(FakeNodeTest, GathersAcknowledgementsUntilTimeIsUp) {
  FakeSocket& one = connect();
  FakeSocket& other = connect();
  one.send("ask", "");
  ASSERT_EQ(other.received.size(), 1u);
  EXPECT_TRUE(other.answer(*other.received[0].wants_ack, "[\"yes\"]"));
  EXPECT_FALSE(other.answer(*other.received[0].wants_ack, "[\"again\"]"));
  node.host().advance(1'000);
  EXPECT_EQ(echo.told.back(), "timeout of 2: [\"yes\"]");
}

TEST_F(FakeNodeTest, AsksTheApplicationsOfOtherNodes) {
  Echo there{cluster.node(1).host()};
  cluster.node(1).run(there);
  connect().send("servers", "");
  EXPECT_EQ(there.told, Texts{"node0 ping"});
  EXPECT_EQ(echo.told.back(), "ok node1[1]");
}

TEST_F(FakeNodeTest, SeesASocketThatIsUsedAfterItLeft) {
  FakeSocket& socket = connect();
  socket.drop_connection();
  EXPECT_EQ(socket.uses_after_leaving(), 0u);
  const std::string_view text[] = {"[\"late\"]"};
  EXPECT_EQ(socket.emit({text}), EmitResult::closed);
  EXPECT_EQ(socket.uses_after_leaving(), 1u);
}

}  // namespace
}  // namespace signaling::testing
