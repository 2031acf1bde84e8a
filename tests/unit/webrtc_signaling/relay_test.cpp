#include "signaling_fixture.hpp"

namespace signaling::webrtc_signaling {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Relay : public ClusterFixture {
 protected:
  static std::string id(const FakeSocket& socket) { return std::string(socket.id()); }
  /// `{"room":"x","to":<socket>,<rest>}`
  static std::string to(const FakeSocket& socket, std::string_view rest) {
    return R"({"room":"x","to":")" + id(socket) + R"(",)" + std::string(rest) + '}';
  }
};

TEST_F(Relay, SignalReachesItsTargetAlone) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  FakeSocket& c = connect_to("x");
  a.take_events();
  b.take_events();
  EXPECT_EQ(a.request("signal", to(b, R"("data":{"sdp": 1.0})")), ok);
  EXPECT_THAT(b.take_events(), ElementsAre(R"(["signal",{"room":"x","from":")" + id(a) + R"(","data":{"sdp": 1.0}}])"));
  EXPECT_THAT(c.take_events(), IsEmpty());
  EXPECT_THAT(a.take_events(), IsEmpty());
}

TEST_F(Relay, SignalCrossesNodes) {
  FakeSocket& a = connect_to("x", 0);
  FakeSocket& b = connect_to("x", 1);
  EXPECT_EQ(a.request("signal", to(b, R"("data":null)")), ok);
  EXPECT_THAT(b.take_events(), ElementsAre(R"(["signal",{"room":"x","from":")" + id(a) + R"(","data":null}])"));
}

TEST_F(Relay, SignalIsCarriedOutWithoutAcknowledgement) {
  FakeSocket& a = connect_to("x", 0);
  FakeSocket& b = connect_to("x", 1);
  a.take_events();
  a.send_without_ack("signal", to(b, R"("data":1)"));
  EXPECT_EQ(b.take_events().size(), 1U);
}

TEST_F(Relay, SignalToWhoIsNotThereIsPeerUnavailable) {
  FakeSocket& a = connect_to("x");
  FakeSocket& elsewhere = connect_to("y");
  FakeSocket& on_other_node = connect_to("y", 1);
  FakeSocket& gone = connect_to("x");
  gone.drop_connection();
  FakeSocket& left_again = connect_to("x");
  leave(left_again, "x");
  elsewhere.take_events();
  for (const FakeSocket* target : {&elsewhere, &on_other_node, &gone, &left_again}) {
    EXPECT_EQ(outcome(a.request("signal", to(*target, R"("data":1)"))), "peer-unavailable");
  }
  EXPECT_EQ(outcome(a.request("signal", R"({"room":"x","to":"nobody","data":1})")), "peer-unavailable");
  EXPECT_EQ(outcome(a.request("signal", R"({"room":"x","to":"","data":1})")), "peer-unavailable");
  EXPECT_EQ(outcome(a.request("signal", R"({"room":"x","to":"x","data":1})")), "peer-unavailable");
  EXPECT_THAT(elsewhere.take_events(), IsEmpty());
}

TEST_F(Relay, ErrorsAreLookedForInTheirOrder) {
  FakeSocket& a = connect_to("x");
  EXPECT_EQ(outcome(a.request("signal", R"({"room":"y","to":"nobody"})")), "invalid");
  EXPECT_EQ(outcome(a.request("signal", R"({"room":"y","to":"nobody","data":1})")), "not-in-room");
  EXPECT_EQ(outcome(a.request("signal", R"({"room":"x","to":"nobody","data":1})")), "peer-unavailable");
}

TEST_F(Relay, SignalToOneselfIsPossible) {
  FakeSocket& a = connect_to("x");
  EXPECT_EQ(a.request("signal", to(a, R"("data":1)")), ok);
  EXPECT_THAT(a.take_events(), ElementsAre(R"(["signal",{"room":"x","from":")" + id(a) + R"(","data":1}])"));
}

TEST_F(Relay, MessageReachesEverybodyElseInTheRoom) {
  FakeSocket& a = connect_to("x", 0);
  FakeSocket& b = connect_to("x", 0);
  FakeSocket& c = connect_to("x", 1);
  FakeSocket& outside = connect_to("y", 0);
  a.take_events();
  b.take_events();
  EXPECT_EQ(a.request("message", R"({"room":"x","data":[1,  2.50]})"), ok);
  const std::string expected = R"(["message",{"room":"x","from":")" + id(a) + R"(","data":[1,  2.50]}])";
  EXPECT_THAT(b.take_events(), ElementsAre(expected));
  EXPECT_THAT(c.take_events(), ElementsAre(expected));
  EXPECT_THAT(outside.take_events(), IsEmpty());
  EXPECT_THAT(a.take_events(), IsEmpty());
}

TEST_F(Relay, FromIsAlwaysTheSendersRealId) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  a.request("message", R"({"room":"x","from":"forged","data":1})");
  a.request("offer", R"({"room":"x","from":"forged","sdp":1,"from":"twice"})");
  EXPECT_THAT(b.take_events(), ElementsAre(R"(["message",{"room":"x","from":")" + id(a) + R"(","data":1}])",
                                           R"(["offer",{"from":")" + id(a) + R"(","room":"x","sdp":1}])"));
}

TEST_F(Relay, RoomNamedLikeAPeerDoesNotReachThatPeer) {
  FakeSocket& victim = connect();
  FakeSocket& a = connect_to(victim.id());
  EXPECT_EQ(outcome(a.request("message", R"({"room":")" + id(victim) + R"(","data":1})")), "ok");
  a.request("offer", R"({"room":")" + id(victim) + R"("})");
  EXPECT_THAT(victim.take_events(), IsEmpty());
}

TEST_F(Relay, OtherSendersAreKeptOut) {
  FakeSocket& member = connect_to("x");
  FakeSocket& stranger = connect_to("y");
  EXPECT_EQ(outcome(stranger.request("message", R"({"room":"x","data":1})")), "not-in-room");
  EXPECT_EQ(outcome(stranger.request("signal", to(member, R"("data":1)"))), "not-in-room");
  EXPECT_EQ(outcome(stranger.request("offer", to(member, R"("sdp":1)"))), "not-in-room");
  EXPECT_EQ(outcome(stranger.request("offer", R"({"room":"x"})")), "not-in-room");
  EXPECT_THAT(member.take_events(), IsEmpty());
}

TEST_F(Relay, BinaryAnywhereInTheDataIsPassedOn) {
  FakeSocket& a = connect_to("x", 0);
  FakeSocket& b = connect_to("x", 1);
  const std::string bytes("\x00\xff\x80", 3);
  a.request("signal", to(b, R"("data":{"x":[{"_placeholder":true,"num":0}], "n": 1})"), {bytes});
  ASSERT_EQ(b.received.back().attachments, Texts{bytes});
  EXPECT_EQ(b.received.back().text,
            R"(["signal",{"room":"x","from":")" + id(a) + R"(","data":{"x":[{"_placeholder":true,"num":0}], "n": 1}}])");
}

TEST_F(Relay, BinaryOutsideTheDataIsLeftOut) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  a.request(
      "message",
      R"({"room":"x","other":{"_placeholder":true,"num":0},"data":[{"_placeholder":true,"num":2},{"_placeholder":true,"num":1}]})",
      {"zero", "one", "two"});
  EXPECT_EQ(b.received.back().attachments, (Texts{"two", "one"}));
  EXPECT_EQ(b.received.back().text, R"(["message",{"room":"x","from":")" + id(a) +
                                        R"(","data":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]}])");
}

TEST_F(Relay, DataMayBeBinaryAltogether) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  a.request("message", R"({"data":{"_placeholder":true,"num":0},"room":"x"})", {"bytes"});
  EXPECT_EQ(b.received.back().attachments, Texts{"bytes"});
}

TEST_F(Relay, WhatOnlyLooksLikeBinaryStaysAsItIs) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  a.request("message", R"({"room":"x","data":{"_placeholder":true,"num":0}})");
  EXPECT_THAT(b.take_events(),
              ElementsAre(R"(["message",{"room":"x","from":")" + id(a) + R"(","data":{"_placeholder":true,"num":0}}])"));
}

TEST_F(Relay, RelayedEventWithTargetBehavesAsSignal) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  FakeSocket& c = connect_to("x");
  b.take_events();
  EXPECT_EQ(a.request("offer", to(b, R"("sdp":{"type":"offer"}, "n": 1.0)")), ok);
  EXPECT_THAT(b.take_events(),
              ElementsAre(R"(["offer",{"from":")" + id(a) + R"(","room":"x","sdp":{"type":"offer"}, "n": 1.0}])"));
  EXPECT_THAT(c.take_events(), IsEmpty());
  EXPECT_EQ(outcome(a.request("answer", R"({"room":"x","to":"nobody","sdp":1})")), "peer-unavailable");
}

TEST_F(Relay, RelayedEventWithRoomAloneBehavesAsMessage) {
  FakeSocket& a = connect_to("x", 0);
  FakeSocket& b = connect_to("x", 1);
  a.take_events();
  EXPECT_EQ(a.request("ice-candidate", R"({"candidate":"c","room":"x"})"), ok);
  EXPECT_THAT(b.take_events(), ElementsAre(R"(["ice-candidate",{"from":")" + id(a) + R"(","candidate":"c","room":"x"}])"));
  EXPECT_THAT(a.take_events(), IsEmpty());
}

TEST_F(Relay, RelayedEventWithoutRoomIsAboutTheOneTheSenderIsIn) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  FakeSocket& elsewhere = connect_to("y");
  EXPECT_EQ(outcome(a.request("offer", R"({"to":")" + id(b) + R"(","sdp":1})")), "ok");
  EXPECT_THAT(b.take_events(), ElementsAre(R"(["offer",{"from":")" + id(a) + R"(","sdp":1}])"));
  EXPECT_EQ(outcome(a.request("offer", R"({"to":")" + id(elsewhere) + R"(","sdp":1})")), "peer-unavailable");
  EXPECT_EQ(outcome(connect().request("offer", R"({"to":")" + id(b) + R"(","sdp":1})")), "not-in-room");
  join(a, "y");
  EXPECT_EQ(outcome(a.request("offer", R"({"to":")" + id(b) + R"(","sdp":1})")), "invalid");
  EXPECT_EQ(outcome(a.request("offer", R"({"sdp":1})")), "invalid");
}

TEST_F(Relay, RelayedEventKeepsItsBinary) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  a.request("offer",
            R"({"room":"x","from":{"_placeholder":true,"num":0},"k":{"_placeholder":true,"num":1},"to":")" + id(b) + R"("})",
            {"dropped", "kept"});
  EXPECT_EQ(b.received.back().attachments, Texts{"kept"});
  EXPECT_EQ(b.received.back().text, R"(["offer",{"from":")" + id(a) + R"(","room":"x","k":{"_placeholder":true,"num":0}}])");
}

TEST_F(Relay, RelayedEventsAreThoseOfTheConfiguration) {
  start(R"(relay_events = ["my \"event\""])");
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  EXPECT_EQ(outcome(a.request("my \"event\"", R"({"room":"x"})")), "ok");
  EXPECT_THAT(b.take_events(), ElementsAre(R"(["my \"event\"",{"from":")" + id(a) + R"(","room":"x"}])"));
  EXPECT_EQ(outcome(a.request("offer", R"({"room":"x"})")), "invalid");
}

TEST_F(Relay, DataHasABoundWithItsBinary) {
  start("max_data_bytes = 40");
  FakeSocket& a = connect_to("x");
  EXPECT_EQ(outcome(a.request("message", R"({"room":"x","data":")" + std::string(38, 'd') + R"("})")), "ok");
  EXPECT_EQ(outcome(a.request("message", R"({"room":"x","data":")" + std::string(39, 'd') + R"("})")), "invalid");
  EXPECT_EQ(outcome(a.request("message", R"({"room":"x","data":{"_placeholder":true,"num":0}})", {std::string(11, 'b')})),
            "ok");
  EXPECT_EQ(outcome(a.request("message", R"({"room":"x","data":{"_placeholder":true,"num":0}})", {std::string(13, 'b')})),
            "invalid");
  EXPECT_EQ(outcome(a.request("offer", R"({"room":"x","sdp":"1234567890123456789"})")), "ok");
  EXPECT_EQ(outcome(a.request("offer", R"({"room":"x","sdp":"12345678901234567890"})")), "invalid");
}

}  // namespace
}  // namespace signaling::webrtc_signaling
