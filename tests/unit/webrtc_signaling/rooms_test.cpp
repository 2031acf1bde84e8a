#include "signaling_fixture.hpp"

namespace signaling::webrtc_signaling {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Rooms : public SignalingFixture {};

TEST_F(Rooms, FirstMemberFindsNobody) {
  FakeSocket& a = connect();
  EXPECT_EQ(join(a, "x"), welcome("x", a));
  EXPECT_THAT(a.take_events(), IsEmpty());
}

TEST_F(Rooms, LaterMemberFindsTheEarlierOnesAndIsAnnouncedToThem) {
  FakeSocket& a = connect_to("x", 0, R"({"name":"A"})");
  FakeSocket& b = connect_to("x", 0, "1.50");
  EXPECT_THAT(a.take_events(), ElementsAre(joined("x", b, "1.50")));
  FakeSocket& c = connect();
  EXPECT_EQ(join(c, "x"), welcome("x", c, peer(a, R"({"name":"A"})") + ',' + peer(b, "1.50")));
  EXPECT_THAT(a.take_events(), ElementsAre(joined("x", c)));
  EXPECT_THAT(b.take_events(), ElementsAre(joined("x", c)));
  EXPECT_THAT(c.take_events(), IsEmpty());
}

TEST_F(Rooms, JoinWithoutAcknowledgementIsCarriedOut) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect();
  b.send_without_ack("join", join_args("x"));
  EXPECT_THAT(a.take_events(), ElementsAre(joined("x", b)));
  EXPECT_THAT(b.received, IsEmpty());
  EXPECT_EQ(outcome(b.request("message", R"({"room":"x","data":1})")), "ok");
}

TEST_F(Rooms, MetadataIsNullWhereNoneIsGiven) {
  FakeSocket& a = connect();
  EXPECT_EQ(a.request("join", R"({"room":"x"})"), welcome("x", a));
  FakeSocket& b = connect();
  EXPECT_EQ(join(b, "x"), welcome("x", b, peer(a, "null")));
}

TEST_F(Rooms, MetadataIsNotReformatted) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect();
  b.request("join", R"({ "metadata" : {"n": 12345678901234567890.10 , "s":"\u00e9\u0041"} , "room":"x"})");
  EXPECT_THAT(a.take_events(), ElementsAre(joined("x", b, R"({"n": 12345678901234567890.10 , "s":"\u00e9\u0041"})")));
}

TEST_F(Rooms, NamesMayHoldAnything) {
  FakeSocket& a = connect();
  EXPECT_EQ(a.request("join", R"({"room":"a\"\\\n\u0000 é😀"})"), welcome(R"(a\"\\\n\u0000 é😀)", a));
  FakeSocket& b = connect();
  EXPECT_EQ(outcome(b.request("join", R"({"room":"a\u0022\u005c\u000a\u0000 \u00e9\ud83d\ude00"})")), "ok");
  EXPECT_THAT(a.take_events(), ElementsAre(joined(R"(a\"\\\n\u0000 é😀)", b)));
}

TEST_F(Rooms, AreApart) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("y");
  FakeSocket& both = connect_to("x");
  EXPECT_EQ(join(both, "y", "7"), welcome("y", both, peer(b)));
  EXPECT_THAT(a.take_events(), ElementsAre(joined("x", both)));
  EXPECT_THAT(b.take_events(), ElementsAre(joined("y", both, "7")));
}

TEST_F(Rooms, JoiningAgainReplacesTheMetadataAndGivesTheSameAcknowledgement) {
  FakeSocket& a = connect_to("x", 0, "1");
  FakeSocket& b = connect_to("x", 0, "2");
  a.take_events();
  EXPECT_EQ(join(a, "x", "3"), welcome("x", a, peer(b, "2")));
  EXPECT_THAT(b.take_events(), ElementsAre(updated("x", a, "3")));
  EXPECT_THAT(a.take_events(), IsEmpty());
  FakeSocket& c = connect();
  EXPECT_EQ(join(c, "x"), welcome("x", c, peer(a, "3") + ',' + peer(b, "2")));
}

TEST_F(Rooms, JoiningAgainFitsAFullRoom) {
  start("max_peers = 1");
  FakeSocket& a = connect_to("x");
  EXPECT_EQ(outcome(join(a, "x", "2")), "ok");
}

TEST_F(Rooms, LeavingIsAnnouncedAndEndsEverything) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  a.take_events();
  EXPECT_EQ(leave(a, "x"), ok);
  EXPECT_THAT(b.take_events(), ElementsAre(left("x", a, "left")));
  b.request("message", R"({"room":"x","data":1})");
  connect_to("x");
  EXPECT_THAT(a.take_events(), IsEmpty());
  EXPECT_EQ(outcome(leave(a, "x")), "not-in-room");
}

TEST_F(Rooms, CanBeEnteredAgainAfterLeaving) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  leave(a, "x");
  b.take_events();
  EXPECT_EQ(join(a, "x"), welcome("x", a, peer(b)));
  EXPECT_THAT(b.take_events(), ElementsAre(joined("x", a)));
}

TEST_F(Rooms, DisconnectingLeavesThemAll) {
  FakeSocket& a = connect_to("x");
  join(a, "y");
  FakeSocket& in_x = connect_to("x");
  FakeSocket& in_y = connect_to("y");
  a.drop_connection();
  EXPECT_THAT(in_x.take_events(), ElementsAre(left("x", a, "disconnected")));
  EXPECT_THAT(in_y.take_events(), ElementsAre(left("y", a, "disconnected")));
  FakeSocket& late = connect();
  EXPECT_EQ(join(late, "x"), welcome("x", late, peer(in_x)));
}

TEST_F(Rooms, UpdateReplacesTheMetadata) {
  FakeSocket& a = connect_to("x", 0, "1");
  FakeSocket& b = connect_to("x");
  a.take_events();
  EXPECT_EQ(a.request("update", R"({"room":"x","metadata":{"muted":true}})"), ok);
  EXPECT_THAT(b.take_events(), ElementsAre(updated("x", a, R"({"muted":true})")));
  EXPECT_THAT(a.take_events(), IsEmpty());
  EXPECT_EQ(outcome(connect().request("update", R"({"room":"x","metadata":1})")), "not-in-room");
}

TEST_F(Rooms, MetadataBelongsToOneRoom) {
  FakeSocket& a = connect_to("x", 0, "1");
  join(a, "y", "2");
  a.request("update", R"({"room":"y","metadata":3})");
  FakeSocket& b = connect();
  EXPECT_EQ(join(b, "x"), welcome("x", b, peer(a, "1")));
  EXPECT_EQ(join(b, "y"), welcome("y", b, peer(a, "3")));
}

TEST_F(Rooms, PeersListsTheOthers) {
  FakeSocket& a = connect_to("x", 0, "1");
  EXPECT_EQ(a.request("peers", R"({"room":"x"})"), R"([{"ok":true,"peers":[]}])");
  FakeSocket& b = connect_to("x", 0, "2");
  a.take_events();
  EXPECT_EQ(a.request("peers", R"({"room":"x"})"), R"([{"ok":true,"peers":[)" + peer(b, "2") + "]}]");
  EXPECT_EQ(b.request("peers", R"({"room":"x"})"), R"([{"ok":true,"peers":[)" + peer(a, "1") + "]}]");
  EXPECT_EQ(outcome(connect().request("peers", R"({"room":"x"})")), "not-in-room");
  EXPECT_THAT(a.take_events(), IsEmpty());
  a.send_without_ack("peers", R"({"room":"x"})");
}

TEST_F(Rooms, FullRoomRefusesUntilSomebodyLeaves) {
  start("max_peers = 2");
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  FakeSocket& c = connect();
  a.take_events();
  EXPECT_EQ(outcome(join(c, "x")), "room-full");
  EXPECT_THAT(a.take_events(), IsEmpty());
  EXPECT_EQ(outcome(c.request("message", R"({"room":"x","data":1})")), "not-in-room");
  a.request("message", R"({"room":"x","data":1})");
  EXPECT_THAT(c.take_events(), IsEmpty());
  leave(b, "x");
  EXPECT_EQ(join(c, "x"), welcome("x", c, peer(a)));
}

TEST_F(Rooms, SocketHasABoundOfRooms) {
  start("max_rooms_per_socket = 2");
  FakeSocket& a = connect_to("x");
  EXPECT_EQ(outcome(join(a, "y")), "ok");
  EXPECT_EQ(outcome(join(a, "z")), "too-many-rooms");
  EXPECT_EQ(outcome(join(a, "x", "1")), "ok");
  leave(a, "y");
  EXPECT_EQ(outcome(join(a, "z")), "ok");
}

TEST_F(Rooms, RefusedJoinLeavesNothingBehind) {
  start("max_peers = 1\nmax_rooms_per_socket = 1");
  connect_to("full");
  FakeSocket& a = connect();
  EXPECT_EQ(outcome(join(a, "full")), "room-full");
  EXPECT_EQ(outcome(join(a, "x")), "ok");
}

TEST_F(Rooms, IceServersComeWithTheJoin) {
  start(R"(
    [[ice_servers]]
    urls = ["stun:stun.example.org:3478"]
    [[ice_servers]]
    urls = ["turn:a.example.org", "turns:b.example.org"]
    username = "u"
    credential = "\"p\""
  )");
  FakeSocket& a = connect();
  EXPECT_EQ(join(a, "x"),
            welcome("x", a, {},
                    R"({"urls":["stun:stun.example.org:3478"]},)"
                    R"({"urls":["turn:a.example.org","turns:b.example.org"],"username":"u","credential":"\"p\""})"));
}

TEST_F(Rooms, TurnCredentialsAreEachMembersOwn) {
  start("turn_urls = [\"turn:t.example.org\"]\nturn_secret = \"north\"\nturn_ttl = \"1h\"");
  cluster_.node(0).host().set_wall_clock_ms(1'700'000'000'999);
  FakeSocket& a = connect();
  const std::string username = "1700003600:" + std::string(a.id());
  EXPECT_EQ(join(a, "x"), welcome("x", a, {},
                                  R"({"urls":["turn:t.example.org"],"username":")" + username + R"(","credential":")" +
                                      turn_credential("north", username) + "\"}"));
}

TEST_F(Rooms, LostMembersAreAnnouncedOnce) {
  FakeSocket& a = connect_to("x");
  const std::uint64_t mark = cluster_.presence().lose("x", {});
  const plugin_api::MemberChange lost[] = {{plugin_api::MemberChange::Kind::lost, "9-1", {}, mark},
                                           {plugin_api::MemberChange::Kind::lost, "9-2", {}, mark}};
  app().on_members_changed("x", lost);
  EXPECT_THAT(a.take_events(), ElementsAre(R"(["peer-left",{"room":"x","id":"9-1","reason":"node-lost"}])",
                                           R"(["peer-left",{"room":"x","id":"9-2","reason":"node-lost"}])"));
}

TEST_F(Rooms, LostMembersAreNotAnnouncedToThoseWhoNeverKnewThem) {
  const std::uint64_t mark = cluster_.presence().lose("x", {});
  FakeSocket& a = connect_to("x");
  const plugin_api::MemberChange lost[] = {{plugin_api::MemberChange::Kind::lost, "9-1", {}, mark}};
  app().on_members_changed("x", lost);
  EXPECT_THAT(a.take_events(), IsEmpty());
}

TEST_F(Rooms, ChangesDuringACutAreMadeUpFor) {
  FakeSocket& a = connect_to("x");
  const std::uint64_t mark = cluster_.presence().lose("x", {});
  const plugin_api::MemberChange changes[] = {{plugin_api::MemberChange::Kind::left, "9-1", {}, mark},
                                              {plugin_api::MemberChange::Kind::joined, "9-2", "7", mark}};
  app().on_members_changed("x", changes);
  EXPECT_THAT(a.take_events(), ElementsAre(R"(["peer-left",{"room":"x","id":"9-1","reason":"disconnected"}])",
                                           R"(["peer-joined",{"room":"x","peer":{"id":"9-2","metadata":7}}])"));
}

TEST_F(Rooms, MemberThatWasTakenForLostIsAnnouncedAgain) {
  FakeSocket& a = connect_to("x");
  FakeSocket& b = connect_to("x");
  a.take_events();
  cluster_.presence().lose("x", {std::string(a.id())});
  a.request("update", R"({"room":"x","metadata":1})");
  EXPECT_THAT(b.take_events(), ElementsAre(joined("x", a, "1")));
}

TEST_F(Rooms, SocketThatNeverJoinedHasNoState) {
  FakeSocket& a = connect();
  a.request("message", R"({"room":"x","data":1})");
  a.request("leave", R"({"room":"x"})");
  EXPECT_EQ(a.user(), nullptr);
  join(a, "x");
  EXPECT_NE(a.user(), nullptr);
  a.drop_connection();
  EXPECT_EQ(a.user(), nullptr);
}

}  // namespace
}  // namespace signaling::webrtc_signaling
