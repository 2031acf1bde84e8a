#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/plugin_api/acks.hpp>
#include <signaling/plugin_api/json_build.hpp>

#include "stub_socket.hpp"

namespace signaling::plugin_api {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

TEST(EmitWithAck, TellsTheAnswer) {
  StubSocket socket;
  const auto seen = std::make_shared<std::vector<std::string>>();
  emit_with_ack(socket, json::Pieces(R"(["ready?"])"), 5s, [seen](const Ack& ack) {
    EXPECT_TRUE(ack);
    EXPECT_EQ(ack.attachments.size(), 1U);
    seen->emplace_back(ack.args);
  });
  EXPECT_THAT(socket.sent, ElementsAre(R"(["ready?"])"));
  EXPECT_EQ(socket.timeout_ms, 5'000U);
  const Bytes attachment;
  socket.handler->on_ack("[true]", {&attachment, 1});
  socket.handler->release();
  EXPECT_THAT(*seen, ElementsAre("[true]"));
  EXPECT_EQ(seen.use_count(), 1) << "the lambda is gone";
}

TEST(EmitWithAck, TellsThatThereWasNone) {
  StubSocket socket;
  std::vector<Status> seen;
  emit_with_ack(socket, json::Pieces(R"(["ready?"])"), 5s, [&](const Ack& ack) {
    EXPECT_FALSE(ack);
    EXPECT_EQ(ack.args, "[]");
    seen.push_back(ack.status);
  });
  socket.handler->on_failure(Status::timeout);
  socket.handler->release();
  EXPECT_THAT(seen, ElementsAre(Status::timeout));
}

TEST(EmitWithAck, HoldsTheTimeoutToWhatTheBorderTakes) {
  StubSocket socket;
  for (const auto& [timeout, expected] : {std::pair(-5ms, 1U), std::pair(std::chrono::milliseconds(48h), 3'600'000U)}) {
    emit_with_ack(socket, json::Pieces(R"(["ready?"])"), timeout, [](const Ack&) {});
    EXPECT_EQ(socket.timeout_ms, expected);
    socket.handler->release();
  }
}

/// Answers a broadcast; has nothing else.
class AnsweringNamespaces final : public Namespaces {
 public:
  void emit(const Target&, const Payload&, EmitFlags) override {}
  void emit_with_ack(const Target& target, const Payload&, std::uint32_t timeout_ms, BroadcastAckHandler& handler,
                     EmitFlags) override {
    EXPECT_EQ(target.namespace_name, "/chat");
    EXPECT_EQ(timeout_ms, 250U);
    const BroadcastAckHandler::Answer answer{"a", "[1]", {}};
    const std::string_view missing[] = {"node2"};
    handler.on_answers(Status::timeout, {&answer, 1}, 2, missing);
    handler.release();
  }
  void emit_to_member(std::string_view, std::string_view, std::string_view, const Payload&, StatusHandler*) override {}
  void join(const Target&, std::span<const std::string_view>) override {}
  void leave(const Target&, std::span<const std::string_view>) override {}
  void disconnect(const Target&, bool) override {}
  void query(const Target&, Projection, std::uint32_t, bool, QueryHandler& handler) override { handler.release(); }
  Socket* find_local(std::string_view, std::string_view) override { return nullptr; }
  void emit_to_servers(std::string_view, const Payload&, std::uint32_t, ServerAnswersHandler*) override {}
};

TEST(EmitWithAck, GathersThoseOfABroadcast) {
  AnsweringNamespaces namespaces;
  int calls = 0;
  emit_with_ack(namespaces, {.namespace_name = "/chat"}, json::Pieces(R"(["ready?"])"), 250ms,
                [&calls](const BroadcastAcks& acks) {
                  ++calls;
                  EXPECT_EQ(acks.status, Status::timeout);
                  ASSERT_EQ(acks.answers.size(), 1U);
                  EXPECT_EQ(acks.answers[0].args, "[1]");
                  EXPECT_EQ(acks.expected, 2U);
                  ASSERT_EQ(acks.missing_nodes.size(), 1U);
                  EXPECT_EQ(acks.missing_nodes[0], "node2");
                });
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace signaling::plugin_api
