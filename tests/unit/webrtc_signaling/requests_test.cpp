// What is refused before anything is done.

#include "signaling_fixture.hpp"

namespace signaling::webrtc_signaling {
namespace {

using ::testing::HasSubstr;

class Requests : public SignalingFixture {};

TEST_F(Requests, OfTheWrongShapeAreInvalidAndNameTheField) {
  FakeSocket& a = connect_to("x");
  const struct {
    const char* event;
    const char* args;
    const char* field;
  } cases[] = {
      {"join", "", "argument"},
      {"join", "null", "argument"},
      {"join", R"("x")", "argument"},
      {"join", R"(["x"])", "argument"},
      {"join", R"({"room":"x"},1)", "argument"},
      {"join", R"({"room":"x"} , {"room":"y"})", "argument"},
      {"join", "{}", "room"},
      {"join", R"({"room":1})", "room"},
      {"join", R"({"room":null})", "room"},
      {"join", R"({"room":["x"]})", "room"},
      {"join", R"({"room":""})", "room"},
      {"leave", "{}", "room"},
      {"peers", R"({"room":false})", "room"},
      {"update", R"({"room":"x"})", "metadata"},
      {"signal", R"({"to":"a","data":1})", "room"},
      {"signal", R"({"room":"x","data":1})", "to"},
      {"signal", R"({"room":"x","to":1,"data":1})", "to"},
      {"signal", R"({"room":"x","to":null,"data":1})", "to"},
      {"signal", R"({"room":"x","to":"a"})", "data"},
      {"message", R"({"room":"x"})", "data"},
      {"message", R"({"data":1})", "room"},
      {"offer", R"({"room":"x","to":{}})", "to"},
      {"offer", "{}", "room"},
      {"answer", "[]", "argument"},
  };
  for (const auto& each : cases) {
    const std::string ack = a.request(each.event, each.args);
    EXPECT_EQ(outcome(ack), "invalid") << each.event << ' ' << each.args;
    EXPECT_THAT(ack.substr(ack.find("message\":")), HasSubstr(each.field)) << each.event << ' ' << each.args;
  }
}

TEST_F(Requests, WithoutAcknowledgementAreRefusedInSilence) {
  FakeSocket& a = connect();
  a.send_without_ack("join", "{}");
  a.send_without_ack("message", R"({"room":"x","data":1})");
  a.send_without_ack("no-such-event", "1,2,3");
  EXPECT_TRUE(a.received.empty());
}

TEST_F(Requests, OfUnknownNameAreInvalid) {
  FakeSocket& a = connect_to("x");
  for (const char* name : {"no-such-event", "", "Join", "peer-joined", "1"}) {
    const std::string ack = a.request(name, R"({"room":"x"})");
    EXPECT_EQ(outcome(ack), "invalid");
    EXPECT_THAT(ack, HasSubstr("unknown event"));
  }
}

TEST_F(Requests, IgnoreFieldsTheyDoNotKnow) {
  FakeSocket& a = connect();
  EXPECT_EQ(outcome(a.request("join", R"( {"x":{"room":1},"room":"x","to":5,"data":[],"y":null} )")), "ok");
}

TEST_F(Requests, TakeTheLastOfDuplicateFields) {
  FakeSocket& a = connect();
  EXPECT_EQ(a.request("join", R"({"room":1,"room":"y","metadata":1,"metadata":2,"r\u006fom":"z"})"), welcome("z", a));
}

TEST_F(Requests, HoldToTheLengthOfRoomNames) {
  start("max_room_name_bytes = 4");
  FakeSocket& a = connect();
  EXPECT_EQ(outcome(join(a, "abcd")), "ok");
  EXPECT_EQ(outcome(join(a, "abcde")), "invalid");
  EXPECT_EQ(outcome(join(a, "éé")), "ok");
  EXPECT_EQ(outcome(join(a, "ééé")), "invalid");
  EXPECT_EQ(outcome(a.request("join", R"({"room":"\u0061\u0061\u0061\u0061"})")), "ok");
}

TEST_F(Requests, HoldToTheLengthOfMetadata) {
  start("max_metadata_bytes = 6");
  FakeSocket& a = connect();
  EXPECT_EQ(outcome(join(a, "x", R"("1234")")), "ok");
  EXPECT_EQ(outcome(join(a, "x", R"("12345")")), "invalid");
  EXPECT_EQ(outcome(a.request("update", R"({"room":"x","metadata":"12345"})")), "invalid");
  EXPECT_EQ(outcome(a.request("update", R"({"room":"x","metadata":"1234"})")), "ok");
}

TEST_F(Requests, TakeNoBinaryInMetadata) {
  FakeSocket& a = connect();
  const std::vector<std::string> binary = {"bytes"};
  EXPECT_EQ(outcome(a.request("join", R"({"room":"x","metadata":{"a":[{"_placeholder":true,"num":0}]}})", binary)), "invalid");
  EXPECT_EQ(outcome(a.request("join", R"({"room":"x","other":{"_placeholder":true,"num":0},"metadata":1})", binary)), "ok");
  EXPECT_EQ(outcome(a.request("update", R"({"room":"x","metadata":{"_placeholder":true,"num":0}})", binary)), "invalid");
}

TEST_F(Requests, AreCountedWhenRefused) {
  FakeSocket& a = connect();
  a.request("join", "{}");
  a.send_without_ack("join", "{}");
  a.request("leave", R"({"room":"x"})");
  const auto& host = cluster_.node(0).host();
  EXPECT_EQ(host.metric_value("refused_requests_total", "code=invalid"), 2);
  EXPECT_EQ(host.metric_value("refused_requests_total", "code=not-in-room"), 1);
  EXPECT_EQ(host.metric_value("refused_requests_total", "code=room-full"), 0);
}

TEST_F(Requests, AreHeldToTheClaims) {
  FakeSocket& member = connect_to("team-1");
  FakeSocket& a = connect();
  a.set_claims(R"({"rooms":["lobby","team-*"],"can":["join","signal"]})");
  EXPECT_EQ(outcome(join(a, "other")), "forbidden");
  EXPECT_EQ(outcome(join(a, "lobby2")), "forbidden");
  EXPECT_EQ(outcome(join(a, "lobby")), "ok");
  EXPECT_EQ(outcome(join(a, "team-1")), "ok");
  EXPECT_EQ(outcome(a.request("message", R"({"room":"team-1","data":1})")), "forbidden");
  EXPECT_EQ(outcome(a.request("message", R"({"room":"elsewhere","data":1})")), "forbidden");
  EXPECT_EQ(outcome(a.request("message", R"({"room":"team-1"})")), "invalid");
  EXPECT_EQ(outcome(a.request("offer", R"({"room":"team-1"})")), "forbidden");
  const std::string to = R"("to":")" + std::string(member.id()) + '"';
  EXPECT_EQ(outcome(a.request("signal", R"({"room":"team-1","data":1,)" + to + '}')), "ok");
  EXPECT_EQ(outcome(a.request("offer", R"({"room":"team-1",)" + to + '}')), "ok");
  EXPECT_EQ(outcome(a.request("update", R"({"room":"team-1","metadata":1})")), "ok");
  EXPECT_EQ(outcome(a.request("peers", R"({"room":"team-1"})")), "ok");
  EXPECT_EQ(outcome(leave(a, "team-1")), "ok");
  FakeSocket& b = connect();
  b.set_claims(R"({"can":["message"]})");
  EXPECT_EQ(outcome(join(b, "lobby")), "forbidden");
}

}  // namespace
}  // namespace signaling::webrtc_signaling
