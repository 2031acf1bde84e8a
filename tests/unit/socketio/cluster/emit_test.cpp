// Broadcasts, remote join, leave and disconnect over nodes.
#include "cluster_fixture.hpp"

namespace signaling::test {
namespace {

using namespace plugin_api;

class ClusterEmit : public ClusterTest {};

TEST_F(ClusterEmit, AnnouncesWhatTheNodeCanDo) {
  make(1);
  EXPECT_EQ(node(0).adapter->capabilities, "cluster/1");
}

TEST_F(ClusterEmit, ServesLocalSocketsBeforeAnythingIsPublished) {
  make(2);
  FakeSession& here = connect(node(0));
  FakeSession& there = connect(node(1));
  join(node(0), "r");
  join(node(1), "r");
  network.drop = [&](const HeldMessage&) {
    EXPECT_EQ(here.sent.size(), 1u);
    return false;
  };
  emit({"r"}, R"(["m"])");
  EXPECT_EQ(here.take(), Strings{R"(42["m"])"});
  run();
  EXPECT_EQ(there.take(), Strings{R"(42["m"])"});
}

TEST_F(ClusterEmit, ReachesNodesWithMembersAloneOverTheTopicOfTheRoom) {
  make(3);
  FakeSession& member = connect(node(1));
  connect(node(2));
  join(node(1), "r");
  emit({"r"}, R"(["m"])");
  ASSERT_EQ(network.waiting.size(), 1u);
  EXPECT_EQ(network.waiting[0].channel(), "topic /\nr");
  run();
  EXPECT_EQ(member.take(), Strings{R"(42["m"])"});
}

TEST_F(ClusterEmit, ReachesASocketIdOverTheChannelOfItsNode) {
  make(3);
  FakeSession& target = connect(node(1));
  emit({last_id(node(1))}, R"(["m"])");
  ASSERT_EQ(network.waiting.size(), 1u);
  EXPECT_EQ(network.waiting[0].channel(), "node");
  run();
  EXPECT_EQ(target.take(), Strings{R"(42["m"])"});
}

TEST_F(ClusterEmit, TakesAnIdOfNobodyForTheNameOfARoom) {
  make(2);
  FakeSession& member = connect(node(1));
  const std::string name = "zzzz5678901234567890";
  join(node(1), name);
  emit({name}, R"(["m"])");
  run();
  EXPECT_EQ(member.take(), Strings{R"(42["m"])"});
}

TEST_F(ClusterEmit, ReachesTheUnionOfRoomsOnceWithoutTheExcepted) {
  make(2, 2);
  FakeSession& both = connect(node(1), 0);
  join(node(1), "a");
  join(node(1), "b");
  FakeSession& one = connect(node(1), 1);
  join(node(1), "b", 1);
  FakeSession& excepted = connect(node(1), 1);
  join(node(1), "b", 1);
  const std::string excepted_id = last_id(node(1));
  FakeSession& muted = connect(node(1), 0);
  join(node(1), "a");
  join(node(1), "muted");
  FakeSession& by_id = connect(node(1), 0);
  const std::string id = last_id(node(1));
  emit({"a", "b", id}, R"(["m"])", {}, {excepted_id, "muted"});
  ASSERT_EQ(network.waiting.size(), 1u);
  EXPECT_EQ(network.waiting[0].channel(), "topic /\n");
  network.deliver();
  EXPECT_EQ(node(1).loops[0]->posted_count(), 1u);
  EXPECT_EQ(node(1).loops[1]->posted_count(), 1u);
  run();
  EXPECT_EQ(both.take(), Strings{R"(42["m"])"});
  EXPECT_EQ(one.take(), Strings{R"(42["m"])"});
  EXPECT_EQ(by_id.take(), Strings{R"(42["m"])"});
  EXPECT_TRUE(excepted.take().empty());
  EXPECT_TRUE(muted.take().empty());
}

TEST_F(ClusterEmit, ReachesTheWholeNamespace) {
  make(2);
  FakeSession& main = connect(node(1));
  FakeSession& other = connect(node(1), 0, "0/chat,");
  emit({}, R"(["m"])");
  run();
  EXPECT_EQ(main.take(), Strings{R"(42["m"])"});
  EXPECT_TRUE(other.take().empty());
}

TEST_F(ClusterEmit, CarriesFlagsMarksAndAttachments) {
  make(2);
  FakeSession& busy = connect(node(1));
  join(node(1), "r");
  busy.writable = false;
  emit({"r"}, R"(["volatile"])", {.is_volatile = true});
  run();
  EXPECT_TRUE(busy.take().empty());
  enter(node(1));
  EXPECT_EQ(last(node(1)).leave("r"), Status::ok);
  EXPECT_EQ(last(node(1)).join("r", Admission::held), Status::ok);
  emit({"r"}, R"(["kept"])", {}, {}, 7);
  emit({"r"}, R"(["too early"])", {}, {}, 5);
  run();
  EXPECT_TRUE(busy.take().empty());
  enter(node(1));
  last(node(1)).admit("r", 6);
  EXPECT_EQ(busy.take(), Strings{R"(42["kept"])"});

  enter(node(0));
  const std::string_view pieces[] = {R"(["b",)", R"({"_placeholder":true,"num":0}])"};
  const std::string_view raw("\x00\xff", 2);
  const Bytes attachments[] = {std::as_bytes(std::span(raw))};
  namespaces().emit({}, {pieces, attachments});
  run();
  EXPECT_EQ(busy.take(), (Strings{R"(451-["b",{"_placeholder":true,"num":0}])", std::string(raw)}));
}

TEST_F(ClusterEmit, StaysOnTheNodeWhereItIsToldTo) {
  make(2);
  connect(node(1));
  emit({}, R"(["m"])", {.local = true});
  EXPECT_TRUE(network.waiting.empty());
}

TEST_F(ClusterEmit, WritesNothingWhereNoOtherNodeIsKnown) {
  make(1);
  connect(node(0));
  join(node(0), "r");
  emit({"r"}, R"(["m"])");
  EXPECT_EQ(node(0).adapter->published, 0u);
}

TEST_F(ClusterEmit, KeepsDeliveringHereWhileTheAdapterIsAway) {
  make(2);
  FakeSession& here = connect(node(0));
  node(0).adapter->publish_status = Status::unavailable;
  emit({}, R"(["m"])");
  EXPECT_EQ(here.take(), Strings{R"(42["m"])"});
  EXPECT_EQ(drops(node(0), socketio::ClusterDrop::publish_refused), 1u);
}

TEST_F(ClusterEmit, JoinsLeavesAndDisconnectsSocketsOfOtherNodes) {
  make(2, 2);
  FakeSession& a = connect(node(1), 0);
  FakeSession& b = connect(node(1), 1);
  enter(node(0));
  const std::string_view rooms[] = {"x", "y"};
  namespaces().join({}, rooms);
  run();
  const auto is_in = [this](std::uint32_t socket, std::string_view room) {
    enter(node(1), socket);
    const bool is = node(1).app->sockets[socket]->is_in(room);
    enter(node(0));
    return is;
  };
  EXPECT_TRUE(is_in(0, "x"));
  EXPECT_TRUE(is_in(1, "y"));
  const std::string_view in_x[] = {"x"};
  const std::string_view y[] = {"y"};
  Target target;
  target.rooms = in_x;
  namespaces().leave(target, y);
  run();
  EXPECT_FALSE(is_in(0, "y"));
  EXPECT_TRUE(is_in(1, "x"));
  const std::string id(node(1).app->sockets[1]->id());
  const std::string_view only[] = {id};
  target.rooms = only;
  namespaces().disconnect(target, true);
  run();
  EXPECT_TRUE(a.is_open());
  EXPECT_FALSE(b.is_open());
}

TEST_F(ClusterEmit, DropsWhatALoopHasNoRoomForAndGoesOn) {
  options.max_cluster_queue_bytes = 70'000;
  make(2);
  FakeSession& member = connect(node(1));
  join(node(1), "r");
  const std::string big = R"([")" + std::string(40'000, 'x') + R"("])";
  emit({"r"}, big);
  emit({"r"}, big);
  network.deliver();
  EXPECT_EQ(drops(node(1), socketio::ClusterDrop::queue_full), 1u);
  run();
  EXPECT_EQ(member.take().size(), 1u);
  emit({"r"}, big);
  run();
  EXPECT_EQ(member.take().size(), 1u);
  EXPECT_EQ(count(node(1).server->cluster_counters().queued_bytes), 0u);
}

}  // namespace
}  // namespace signaling::test
