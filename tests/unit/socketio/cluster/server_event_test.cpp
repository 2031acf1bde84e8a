// Events from the application of one node to those of the others.
#include "cluster_fixture.hpp"

namespace signaling::test {
namespace {

using namespace plugin_api;

class ClusterServerEvent : public ClusterTest {
 protected:
  void ask(std::string_view text, bool with_handler = true, std::string_view namespace_name = "/") {
    enter(node(0));
    ServerAnswersHandler* handler = nullptr;
    if (with_handler) {
      handler = &make_server_answers_handler([this](Status status, std::span<const ServerAnswersHandler::Answer> answers,
                                                    std::span<const std::string_view> missing) {
        result.emplace_back(to_string(status));
        for (const auto& answer : answers) {
          result.push_back(std::string(answer.node) + std::string(answer.args) + "+" +
                           std::to_string(answer.attachments.size()));
        }
        for (const std::string_view name : missing) result.push_back("missing " + std::string(name));
      });
    }
    namespaces().emit_to_servers(namespace_name, {TextPieces(&text, 1), {}}, 1000, handler);
  }
  Strings take() { return std::exchange(result, {}); }

  Strings result;
};

TEST_F(ClusterServerEvent, ReachesTheApplicationsOfTheOtherNodesOnce) {
  make(3, 2);
  for (auto& each : nodes) {
    each->app->server_event = [](std::string_view, ServerReply& reply) {
      EXPECT_TRUE(reply.wanted());
      const std::string_view answer = R"(["yes"])";
      reply.answer({TextPieces(&answer, 1), {}});
      reply.answer({TextPieces(&answer, 1), {}});  // the first counts
    };
  }
  ask(R"(["hello",1,{"a":2}])");
  run();
  EXPECT_EQ(take(), (Strings{"ok", R"(node2["yes"]+0)", R"(node3["yes"]+0)"}));
  EXPECT_TRUE(node(0).app->take().empty());
  EXPECT_EQ(node(1).app->take(), Strings{R"(server / node1 hello 1,{"a":2})"});
  EXPECT_EQ(node(2).app->take(), Strings{R"(server / node1 hello 1,{"a":2})"});
}

TEST_F(ClusterServerEvent, IsOverAtOnceWhereNobodyHasAnAnswer) {
  make(3);
  ask(R"(["hello"])");
  run();
  EXPECT_EQ(take(), Strings{"ok"});
  ask(R"(["hello"])", true, "/nobody/serves/this");
  run();
  EXPECT_EQ(take(), Strings{"ok"});
}

TEST_F(ClusterServerEvent, TakesAnswersThatComeLater) {
  make(2);
  ServerReply* kept = nullptr;
  node(1).app->server_event = [&](std::string_view, ServerReply& reply) { kept = &reply.defer(); };
  ask(R"(["hello"])");
  run();
  EXPECT_TRUE(take().empty());
  const std::string_view answer = R"([{"_placeholder":true,"num":0}])";
  const std::string_view raw = "raw";
  const Bytes attachments[] = {std::as_bytes(std::span(raw))};
  kept->answer({TextPieces(&answer, 1), attachments});
  run();
  EXPECT_EQ(take(), (Strings{"ok", R"(node2[{"_placeholder":true,"num":0}]+1)"}));
}

TEST_F(ClusterServerEvent, TakesTheFirstOfTwoAnswersAndTellsOfTheSecond) {
  make(2);
  const std::string_view first = "[1]";
  const std::string_view second = "[2]";
  const std::string fault = "completed_twice: a second answer to the same server-side event";
  // At once.
  node(1).app->server_event = [&](std::string_view, ServerReply& reply) {
    reply.answer({TextPieces(&first, 1), {}});
    reply.answer({TextPieces(&second, 1), {}});
  };
  ask(R"(["hello"])");
  run();
  EXPECT_EQ(take(), (Strings{"ok", "node2[1]+0"}));
  EXPECT_EQ(hooks.faults, Strings{fault});
  // Later, by an object that is the plugin's no more.
  ServerReply* kept = nullptr;
  node(1).app->server_event = [&](std::string_view, ServerReply& reply) { kept = &reply.defer(); };
  ask(R"(["hello"])");
  run();
  kept->answer({TextPieces(&first, 1), {}});
  run();
  EXPECT_EQ(take(), (Strings{"ok", "node2[1]+0"}));
  kept->answer({TextPieces(&second, 1), {}});
  run();
  EXPECT_TRUE(take().empty());
  EXPECT_EQ(hooks.faults, (Strings{fault, fault}));
  EXPECT_EQ(hooks.faulty_plugins, (std::vector<std::uint32_t>{0, 0}));
}

TEST_F(ClusterServerEvent, NamesTheNodesThatDidNotAnswerInTime) {
  make(3);
  ServerReply* kept = nullptr;
  node(1).app->server_event = [](std::string_view, ServerReply& reply) {
    const std::string_view answer = "[1]";
    reply.answer({TextPieces(&answer, 1), {}});
  };
  node(2).app->server_event = [&](std::string_view, ServerReply& reply) { kept = &reply.defer(); };
  ask(R"(["hello"])");
  run();
  advance(base::Milliseconds(1000));
  EXPECT_EQ(take(), (Strings{"timeout", "node2[1]+0", "missing node3"}));
  const std::string_view late = "[2]";
  kept->answer({TextPieces(&late, 1), {}});
  run();
  EXPECT_TRUE(take().empty());
}

TEST_F(ClusterServerEvent, WantsNoAnswerWithoutAHandler) {
  make(2);
  node(1).app->server_event = [](std::string_view, ServerReply& reply) { EXPECT_FALSE(reply.wanted()); };
  ask(R"(["hello"])", false);
  run();
  EXPECT_EQ(node(1).app->take().size(), 1u);
  EXPECT_EQ(node(1).adapter->published, 0u);
}

TEST_F(ClusterServerEvent, IsForNobodyOnANodeAlone) {
  make(1);
  ask(R"(["hello"])");
  EXPECT_EQ(take(), Strings{"ok"});
}

TEST_F(ClusterServerEvent, CountsWhatThrowsAsNoAnswer) {
  make(2);
  node(1).app->server_event = [](std::string_view, ServerReply&) { throw std::runtime_error("no"); };
  ask(R"(["hello"])");
  run();
  EXPECT_EQ(take(), Strings{"ok"});
  EXPECT_EQ(hooks.errors, Strings{"server_event: no"});
}

TEST_F(ClusterServerEvent, KeepsItsOrder) {
  make(2, 2);
  Strings expected;
  for (int i = 0; i < 20; ++i) {
    ask(R"(["n",)" + std::to_string(i) + "]", i % 2 == 0);
    expected.push_back("server / node1 n " + std::to_string(i));
  }
  run();
  EXPECT_EQ(node(1).app->take(), expected);
}

using Strings = std::vector<std::string>;

class FakePeer final : public PeerHandler {
 public:
  void on_peer_event(std::string_view from_node, const Event& event, ServerReply& reply) override {
    seen.push_back(std::string(from_node) + " " + std::string(event.name) + " " + std::string(event.args));
    const std::string_view answer = R"(["heard"])";
    reply.answer({TextPieces(&answer, 1), {}});
  }
  Strings seen;
};

TEST_F(ClusterServerEvent, OfAPluginReachesThatPluginAlone) {
  make(3, 2);
  FakePeer here;
  FakePeer there;
  FakePeer other;
  node(0).server->peers("auth", 7).receive(here);
  node(1).server->peers("auth", 7).receive(there);
  node(1).server->peers("limit", 8).receive(other);
  enter(node(0));
  const std::string_view text = R"(["revoke",{"a":1}])";
  ServerAnswersHandler& handler = make_server_answers_handler(
      [this](Status status, std::span<const ServerAnswersHandler::Answer> answers, std::span<const std::string_view> missing) {
        result.emplace_back(to_string(status));
        for (const auto& answer : answers) result.push_back(std::string(answer.node) + std::string(answer.args));
        EXPECT_TRUE(missing.empty());
      });
  node(0).server->peers("auth", 7).send({TextPieces(&text, 1), {}}, 1000, &handler);
  run();
  // The third node does not have the plugin, and has nothing to say.
  EXPECT_EQ(take(), (Strings{"ok", R"(node2["heard"])"}));
  EXPECT_EQ(there.seen, Strings{R"(node1 revoke {"a":1})"});
  EXPECT_TRUE(here.seen.empty());
  EXPECT_TRUE(other.seen.empty());
  for (auto& each : nodes) EXPECT_TRUE(each->app->take().empty());
}

TEST_F(ClusterServerEvent, OfAPluginIsOverAtOnceWithoutOtherNodes) {
  make(1);
  enter(node(0));
  const std::string_view text = R"(["revoke"])";
  Status told = Status::invalid;
  node(0).server->peers("auth", 7).send({TextPieces(&text, 1), {}}, 1000,
                                        &make_server_answers_handler([&](Status status, auto, auto) { told = status; }));
  EXPECT_EQ(told, Status::ok);
}

}  // namespace
}  // namespace signaling::test
