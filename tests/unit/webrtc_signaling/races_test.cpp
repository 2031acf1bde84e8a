// Operations of presence that take their time, and what happens meanwhile.

#include "signaling_fixture.hpp"

namespace signaling::webrtc_signaling {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Fate = testing::FakePresence::Fate;

class Races : public ClusterFixture {
 protected:
  testing::FakePresence& presence() { return cluster_.presence(); }
  /// From now on presence takes its steps when told to.
  void hold() { presence().hold(true); }
  void fail_next(Fate fate) {
    presence().fate = [this, fate] {
      presence().fate = [] { return std::nullopt; };
      return fate;
    };
  }
};

TEST_F(Races, NothingIsAcknowledgedOrAnnouncedBeforePresenceAnswers) {
  FakeSocket& a = connect_to("x");
  hold();
  FakeSocket& b = connect();
  const auto ack = b.send("join", join_args("x"));
  presence().step(0);
  EXPECT_EQ(b.ack_text(ack), "");
  EXPECT_THAT(a.take_events(), IsEmpty());
  presence().step(0);
  EXPECT_EQ(b.ack_text(ack), welcome("x", b, peer(a)));
  EXPECT_THAT(a.take_events(), ElementsAre(joined("x", b)));
}

TEST_F(Races, RegistersOnlyOnceOtherNodesCanBeHeard) {
  FakeSocket& a = connect_to("x", 0);
  cluster_.hold_network(true);
  FakeSocket& b = connect(1);
  const auto ack = b.send("join", join_args("x"));
  EXPECT_EQ(presence().members("x").size(), 1U);
  cluster_.run();
  EXPECT_EQ(b.ack_text(ack), welcome("x", b, peer(a)));
}

TEST_F(Races, BroadcastsOfTheMeantimeFollowTheAcknowledgement) {
  FakeSocket& a = connect_to("x");
  hold();
  FakeSocket& b = connect();
  const auto ack = b.send("join", join_args("x"));
  a.send("message", R"({"room":"x","data":1})");
  EXPECT_THAT(b.received, IsEmpty());
  presence().run();
  ASSERT_EQ(b.received.size(), 2U);
  EXPECT_EQ(b.received[0].ack, ack);
  EXPECT_EQ(b.received[1].text, R"(["message",{"room":"x","from":")" + std::string(a.id()) + R"(","data":1}])");
}

TEST_F(Races, SignalsOfTheMeantimeFollowTheAcknowledgement) {
  hold();
  FakeSocket& a = connect();
  FakeSocket& b = connect();
  const auto ack = a.send("join", join_args("x"));
  b.send("join", join_args("x"));
  presence().step(0);  // a is registered, its answer is under way
  presence().step(1);
  presence().step(1);  // b knows a
  const auto signal = b.send("signal", R"({"room":"x","to":")" + std::string(a.id()) + R"(","data":1})");
  EXPECT_EQ(b.ack_text(signal), ok);
  EXPECT_THAT(a.received, IsEmpty());
  presence().run();
  ASSERT_EQ(a.received.size(), 3U);
  EXPECT_EQ(a.received[0].ack, ack);
  EXPECT_THAT(a.take_events(),
              ElementsAre(joined("x", b), R"(["signal",{"room":"x","from":")" + std::string(b.id()) + R"(","data":1}])"));
}

TEST_F(Races, OfTwoWhoJoinAtOnceEachLearnsOfTheOtherOnce) {
  // Both orders of the answers, for either order of the effects.
  for (const bool second_answers_first : {false, true}) {
    hold();
    FakeSocket& a = connect(0);
    FakeSocket& b = connect(1);
    const std::string room = second_answers_first ? "x" : "y";
    const auto ack_a = a.send("join", join_args(room));
    const auto ack_b = b.send("join", join_args(room));
    presence().step(0);
    presence().step(1);
    presence().step(second_answers_first ? 1 : 0);
    presence().run();
    EXPECT_EQ(a.ack_text(ack_a), welcome(room, a));
    EXPECT_EQ(b.ack_text(ack_b), welcome(room, b, peer(a)));
    EXPECT_THAT(a.take_events(), ElementsAre(joined(room, b)));
    EXPECT_THAT(b.take_events(), IsEmpty());
  }
}

TEST_F(Races, WhoLeavesBetweenEffectAndAnswerIsGoneForTheJoiner) {
  FakeSocket& a = connect_to("x", 0);
  hold();
  FakeSocket& b = connect(1);
  const auto ack = b.send("join", join_args("x"));
  presence().step(0);  // b's list holds a
  a.send("leave", R"({"room":"x"})");
  presence().step(1);
  presence().step(1);  // a has left and said so
  presence().run();
  EXPECT_EQ(b.ack_text(ack), welcome("x", b, peer(a)));
  EXPECT_THAT(b.take_events(), ElementsAre(left("x", a, "left")));
}

TEST_F(Races, WhoLeftBeforeTheEffectIsNotMentioned) {
  FakeSocket& a = connect_to("x", 0);
  hold();
  FakeSocket& b = connect(1);
  const auto ack = b.send("join", join_args("x"));
  a.send("leave", R"({"room":"x"})");
  presence().step(1);
  presence().step(1);
  presence().run();
  EXPECT_EQ(b.ack_text(ack), welcome("x", b));
  EXPECT_THAT(b.take_events(), IsEmpty());
}

TEST_F(Races, DisconnectingWhileJoiningLeavesNoGhost) {
  FakeSocket& a = connect_to("x");
  hold();
  FakeSocket& b = connect();
  b.send("join", join_args("x"));
  b.drop_connection();
  presence().run();
  EXPECT_EQ(presence().members("x").size(), 1U);
  EXPECT_THAT(a.take_events(), ElementsAre(joined("x", b), left("x", b, "disconnected")));
}

TEST_F(Races, DisconnectingBeforeRegistrationRegistersNothing) {
  FakeSocket& a = connect_to("x", 0);
  cluster_.hold_network(true);
  FakeSocket& b = connect(1);
  b.send("join", join_args("x"));
  b.drop_connection();
  cluster_.run();
  EXPECT_THAT(a.take_events(), IsEmpty());
  EXPECT_EQ(presence().members("x").size(), 1U);
}

TEST_F(Races, DisconnectingWhileUpdatingLeavesNoGhost) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  a.take_events();
  hold();
  b.send("update", R"({"room":"x","metadata":1})");
  b.drop_connection();
  presence().run();
  EXPECT_EQ(presence().members("x").size(), 1U);
  EXPECT_THAT(a.take_events(), ElementsAre(updated("x", b, "1"), left("x", b, "disconnected")));
}

TEST_F(Races, DisconnectingWhileLeavingIsAnnouncedOnce) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  a.take_events();
  hold();
  b.send("leave", R"({"room":"x"})");
  b.drop_connection();
  presence().run();
  EXPECT_THAT(a.take_events(), ElementsAre(left("x", b, "left")));
}

TEST_F(Races, RequestsThatFollowAJoinWaitForIt) {
  FakeSocket& a = connect_to("x");
  hold();
  FakeSocket& b = connect();
  b.send("join", join_args("x", "1"));
  const auto message = b.send("message", R"({"room":"x","data":{"_placeholder":true,"num":0}})", {"bytes"});
  const auto peers = b.send("peers", R"({"room":"x"})");
  const auto update = b.send("update", R"({"room":"x","metadata":2})");
  const auto leaves = b.send("leave", R"({"room":"x"})");
  const auto late = b.send("message", R"({"room":"x","data":2})");
  EXPECT_EQ(b.ack_text(message), "");
  presence().run();
  EXPECT_EQ(b.ack_text(message), ok);
  EXPECT_EQ(b.ack_text(peers), R"([{"ok":true,"peers":[)" + peer(a) + "]}]");
  EXPECT_EQ(b.ack_text(update), ok);
  EXPECT_EQ(b.ack_text(leaves), ok);
  EXPECT_EQ(outcome(b.ack_text(late)), "not-in-room");
  const std::string from = R"("from":")" + std::string(b.id()) + '"';
  EXPECT_THAT(a.take_events(), ElementsAre(joined("x", b, "1"),
                                           R"(["message",{"room":"x",)" + from + R"(,"data":{"_placeholder":true,"num":0}}])",
                                           updated("x", b, "2"), left("x", b, "left")));
}

TEST_F(Races, JoinLeaveJoinEndsInTheRoom) {
  FakeSocket& a = connect_to("x");
  hold();
  FakeSocket& b = connect();
  b.send("join", join_args("x", "1"));
  const auto leaves = b.send("leave", R"({"room":"x"})");
  const auto again = b.send("join", join_args("x", "2"));
  presence().run();
  EXPECT_EQ(b.ack_text(leaves), ok);
  EXPECT_EQ(b.ack_text(again), welcome("x", b, peer(a)));
  EXPECT_THAT(a.take_events(), ElementsAre(joined("x", b, "1"), left("x", b, "left"), joined("x", b, "2")));
}

TEST_F(Races, OtherRoomsDoNotWait) {
  FakeSocket& a = connect_to("y");
  FakeSocket& b = connect_to("y");
  a.take_events();
  hold();
  b.send("join", join_args("x"));
  EXPECT_EQ(b.request("message", R"({"room":"y","data":1})"), ok);
  EXPECT_EQ(a.take_events().size(), 1U);
}

TEST_F(Races, WhatOnePeerSendsAnotherKeepsItsOrderOverAllRooms) {
  FakeSocket& a = connect_to("x");
  join(a, "y");
  FakeSocket& b = connect_to("y");
  a.take_events();
  hold();
  b.send("join", join_args("x"));
  const std::string to_a = R"(,"to":")" + std::string(a.id()) + R"(","data":)";
  b.send("signal", R"({"room":"x")" + to_a + "1}");
  b.send("signal", R"({"room":"y")" + to_a + "2}");
  presence().run();
  EXPECT_EQ(b.request("signal", R"({"room":"y")" + to_a + "3}"), ok);
  const std::string from = R"("from":")" + std::string(b.id()) + '"';
  EXPECT_THAT(a.take_events(), ElementsAre(joined("x", b), R"(["signal",{"room":"x",)" + from + R"(,"data":1}])",
                                           R"(["signal",{"room":"y",)" + from + R"(,"data":2}])",
                                           R"(["signal",{"room":"y",)" + from + R"(,"data":3}])"));
}

TEST_F(Races, MessagesDoNotWaitForOnesOwnMetadata) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  a.take_events();
  hold();
  b.send("update", R"({"room":"x","metadata":1})");
  EXPECT_EQ(b.request("message", R"({"room":"x","data":1})"), ok);
  EXPECT_EQ(a.take_events().size(), 1U);
}

TEST_F(Races, WaitingRequestsAreBounded) {
  hold();
  FakeSocket& a = connect();
  a.send("join", join_args("x"));
  for (std::size_t i = 0; i < WaitingRequests::max_requests; ++i) {
    EXPECT_EQ(a.request("message", R"({"room":"x","data":1})"), "");
  }
  EXPECT_EQ(outcome(a.request("message", R"({"room":"x","data":1})")), "unavailable");
}

TEST_F(Races, RequestsThatWaitAreForgottenWithTheSocket) {
  FakeSocket& a = connect_to("x");
  hold();
  FakeSocket& b = connect();
  b.send("join", join_args("x"));
  b.send("message", R"({"room":"x","data":1})");
  b.drop_connection();
  presence().run();
  EXPECT_THAT(a.take_events(), ElementsAre(joined("x", b), left("x", b, "disconnected")));
}

TEST_F(Races, SocketMayDisconnectOnItsOwnAcknowledgement) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect();
  b.on_receive = [&](const Received&) { b.drop_connection(); };
  b.send("join", join_args("x"));
  EXPECT_THAT(a.take_events(), ElementsAre(joined("x", b), left("x", b, "disconnected")));
  EXPECT_EQ(presence().members("x").size(), 1U);
}

TEST_F(Races, TargetMayDisconnectOnASignal) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  a.take_events();
  b.on_receive = [&](const Received&) { b.drop_connection(); };
  EXPECT_EQ(a.request("signal", R"({"room":"x","to":")" + std::string(b.id()) + R"(","data":1})"), ok);
  a.on_receive = [&](const Received& what) {
    if (!what.ack) a.drop_connection();
  };
  a.send("signal", R"({"room":"x","to":")" + std::string(a.id()) + R"(","data":1})");
  EXPECT_FALSE(a.is_connected());
}

TEST_F(Races, JoinThatPresenceCannotTakeChangesNothing) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect();
  fail_next(Fate::unavailable);
  EXPECT_EQ(outcome(join(b, "x")), "unavailable");
  EXPECT_THAT(a.take_events(), IsEmpty());
  a.request("message", R"({"room":"x","data":1})");
  EXPECT_THAT(b.take_events(), IsEmpty());
  EXPECT_EQ(outcome(b.request("message", R"({"room":"x","data":1})")), "not-in-room");
  EXPECT_EQ(join(b, "x"), welcome("x", b, peer(a)));
}

TEST_F(Races, LeaveThatPresenceCannotTakeChangesNothing) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  fail_next(Fate::unavailable);
  EXPECT_EQ(outcome(leave(a, "x")), "unavailable");
  EXPECT_THAT(b.take_events(), IsEmpty());
  a.take_events();
  b.request("message", R"({"room":"x","data":1})");
  EXPECT_EQ(a.take_events().size(), 1U);
  EXPECT_EQ(leave(a, "x"), ok);
}

TEST_F(Races, UpdateThatPresenceCannotTakeChangesNothing) {
  FakeSocket& a = connect_to("x", 0, "1");
  FakeSocket& b = connect_to("x");
  a.take_events();
  fail_next(Fate::unavailable);
  EXPECT_EQ(outcome(a.request("update", R"({"room":"x","metadata":2})")), "unavailable");
  EXPECT_THAT(b.take_events(), IsEmpty());
  fail_next(Fate::unavailable);
  EXPECT_EQ(outcome(join(a, "x", "3")), "unavailable");
  EXPECT_EQ(b.request("peers", R"({"room":"x"})"), R"([{"ok":true,"peers":[)" + peer(a, "1") + "]}]");
  fail_next(Fate::unavailable);
  EXPECT_EQ(outcome(b.request("peers", R"({"room":"x"})")), "unavailable");
}

TEST_F(Races, DepartureThatPresenceCannotTakeIsTriedAgain) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  a.take_events();
  int failures = 5;
  presence().fate = [&]() -> std::optional<Fate> {
    if (failures-- > 0) return Fate::unavailable;
    return std::nullopt;
  };
  b.drop_connection();
  auto& host = cluster_.node(0).host();
  EXPECT_THAT(a.take_events(), IsEmpty());
  EXPECT_EQ(host.metric_value("departures_waiting"), 1);
  host.advance(500 + 1'000 + 2'000);
  EXPECT_THAT(a.take_events(), IsEmpty());
  host.advance(4'000 + 8'000);
  EXPECT_THAT(a.take_events(), ElementsAre(left("x", b, "disconnected")));
  EXPECT_EQ(host.metric_value("departures_waiting"), 0);
  EXPECT_EQ(host.timer_count(), 0U);
  EXPECT_EQ(host.log_lines().size(), 1U);
}

TEST_F(Races, JoinThatMayHaveHappenedIsTakenBack) {
  connect_to("x");
  FakeSocket& b = connect();
  fail_next(Fate::timeout_with);
  EXPECT_EQ(outcome(join(b, "x")), "unavailable");
  EXPECT_EQ(presence().members("x").size(), 1U);
  EXPECT_EQ(outcome(join(b, "x")), "ok");
}

TEST_F(Races, JoinThatCouldNotBeTakenBackEndsWithTheSocket) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect();
  int operations = 0;
  presence().fate = [&]() -> std::optional<Fate> {
    ++operations;
    if (operations == 1) return Fate::timeout_with;
    if (operations == 2) return Fate::unavailable;
    return std::nullopt;
  };
  EXPECT_EQ(outcome(join(b, "x")), "unavailable");
  EXPECT_EQ(presence().members("x").size(), 2U);
  EXPECT_EQ(outcome(b.request("message", R"({"room":"x","data":1})")), "not-in-room");
  EXPECT_EQ(outcome(leave(b, "x")), "not-in-room");
  b.drop_connection();
  EXPECT_EQ(presence().members("x").size(), 1U);
  EXPECT_EQ(outcome(a.request("peers", R"({"room":"x"})")), "ok");
}

}  // namespace
}  // namespace signaling::webrtc_signaling
