// What goes out to clients passes the hooks, for each of them alone, as in the server.

#include <gtest/gtest.h>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/fake_cluster.hpp>

namespace signaling::testing {
namespace {

using namespace plugin_api;
using Texts = std::vector<std::string>;

/// Decides as the event's name says.
class Censor final : public OutgoingHook {
 public:
  void on_event_out(Socket& socket, const Event& event, OutgoingVerdict& verdict) override {
    seen.push_back(std::string(event.text) + (event.ack.wanted() ? " asks" : ""));
    if (event.name == "drop") return verdict.drop();
    if (event.name == "nothing") return;
    if (event.name == "leave") socket.disconnect(false);
    if (event.name == "garbage") {
      const std::string_view text[] = {R"([{"no":"name"}])"};
      verdict.replace({text});
    }
    if (event.name == "secret" || event.name == "question") {
      const std::string_view text[] = {"[\"", event.name, "\",\"", socket.id(), "\",", event.args, "]"};
      verdict.replace({text, event.attachments});
    }
    if (event.name == "more") {
      const std::string_view text[] = {R"(["extra"])"};
      socket.emit({text});
    }
    verdict.pass();
    verdict.drop();  // the first counts
  }
  Texts seen;
};

class FakeOutgoingEventsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto* const offered = static_cast<OutgoingEvents*>(node.host().query(OutgoingEvents::interface_name));
    ASSERT_NE(offered, nullptr);
    offered->watch(censor);
  }
  EmitResult emit(std::string_view text, std::span<const Bytes> attachments = {}) {
    return socket.emit({{&text, 1}, attachments});
  }
  const OutgoingEvent& last() { return node.host().outgoing_events().shown().back(); }

  FakeCluster cluster{2};
  FakeNode& node = cluster.node(0);
  FakeSocket& socket = node.connect();
  Censor censor;
};

TEST_F(FakeOutgoingEventsTest, PassDropAndReplace) {
  EXPECT_EQ(emit(R"(["plain",1])"), EmitResult::sent);
  EXPECT_EQ(last().text(), "pass");
  EXPECT_EQ(emit(R"(["drop",2])"), EmitResult::dropped);
  EXPECT_EQ(last().text(), "drop");
  const std::byte byte{7};
  const Bytes attachments[] = {{&byte, 1}};
  EXPECT_EQ(emit(R"(["secret",{"_placeholder":true,"num":0}])", attachments), EmitResult::sent);
  EXPECT_EQ(last().text(), R"(replace ["secret","0-0",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(last().socket_id, "0-0");
  EXPECT_EQ(socket.received.back().attachments, Texts{"\x07"});
  EXPECT_EQ(socket.take_events(), (Texts{R"(["plain",1])", R"(["secret","0-0",{"_placeholder":true,"num":0}])"}));
}

TEST_F(FakeOutgoingEventsTest, AreAskedForEachSocketOfTheirNode) {
  FakeSocket& other = node.connect();
  FakeSocket& there = cluster.node(1).connect();
  const std::string_view text[] = {R"(["secret",1])"};
  node.emit({}, {text});
  EXPECT_EQ(socket.take_events(), Texts{R"(["secret","0-0",1])"});
  EXPECT_EQ(other.take_events(), Texts{R"(["secret","0-1",1])"});
  EXPECT_EQ(there.take_events(), Texts{R"(["secret",1])"}) << "nobody watches there";
  EXPECT_EQ(censor.seen.size(), 2u);
}

TEST_F(FakeOutgoingEventsTest, GoThroughOneHookAfterTheOther) {
  Censor second;
  node.host().outgoing_events().watch(second);
  emit(R"(["secret",1])");
  EXPECT_EQ(second.seen, Texts{R"(["secret","0-0",1])"});
  emit(R"(["drop"])");
  EXPECT_EQ(second.seen.size(), 1u);
  EXPECT_THROW(node.host().outgoing_events().watch(second), std::logic_error);
}

TEST_F(FakeOutgoingEventsTest, AreDroppedWhereAHookForgetsThem) {
  EXPECT_EQ(emit(R"(["nothing"])"), EmitResult::dropped);
  EXPECT_TRUE(last().is_forgotten);
  EXPECT_TRUE(socket.take_events().empty());
}

TEST_F(FakeOutgoingEventsTest, TellTheTestOfAReplacementThatIsNoEvent) {
  EXPECT_THROW(emit(R"(["garbage"])"), std::logic_error);
  EXPECT_EQ(emit(R"(["plain"])"), EmitResult::sent) << "the hook is asked again";
  EXPECT_EQ(censor.seen.size(), 2u);
}

TEST_F(FakeOutgoingEventsTest, OfAHookItselfPassUnseen) {
  emit(R"(["more"])");
  EXPECT_EQ(socket.take_events(), (Texts{R"(["extra"])", R"(["more"])"}));
  EXPECT_EQ(censor.seen, Texts{R"(["more"])"});
}

TEST_F(FakeOutgoingEventsTest, MayEndTheirSocket) {
  EXPECT_EQ(emit(R"(["leave"])"), EmitResult::closed);
  EXPECT_EQ(socket.disconnected_by_server, false);
}

TEST_F(FakeOutgoingEventsTest, KeepTheirQuestionAndWhatIsDroppedIsNotAnswered) {
  Texts told;
  const auto ask = [&](std::string_view text) {
    socket.emit_with_ack({{&text, 1}}, 1'000,
                         make_ack_handler([&](std::string_view args, auto) { told.emplace_back(args); },
                                          [&](Status status) { told.emplace_back(to_string(status)); }));
  };
  ask(R"(["question",1])");
  EXPECT_EQ(censor.seen, Texts{R"(["question",1] asks)"});
  ASSERT_TRUE(socket.received.back().wants_ack.has_value());
  EXPECT_TRUE(socket.answer(*socket.received.back().wants_ack, "[\"yes\"]"));
  ask(R"(["drop"])");
  node.host().advance(1'000);
  EXPECT_EQ(told, (Texts{"[\"yes\"]", "timeout"}));
}

TEST_F(FakeOutgoingEventsTest, AreNotAcknowledgements) {
  socket.send("request", "");
  const std::string_view text[] = {"[1]"};
  socket.reply({0}, {text});
  EXPECT_EQ(socket.ack_text(0), "[1]");
  EXPECT_TRUE(censor.seen.empty());
}

}  // namespace
}  // namespace signaling::testing
