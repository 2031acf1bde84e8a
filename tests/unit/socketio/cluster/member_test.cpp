// Events for one socket of another node, with the outcome.
#include "cluster_fixture.hpp"

namespace signaling::test {
namespace {

using namespace plugin_api;

class ClusterMember : public ClusterTest {};

TEST_F(ClusterMember, TellsWhatBecameOfIt) {
  make(2, 2);
  FakeSession& target = connect(node(1), 1);
  const std::string id = last_id(node(1));
  emit_to_member(id, "", R"(["m",1])");
  EXPECT_TRUE(told().empty());
  run();
  EXPECT_EQ(told(), Strings{"ok"});
  EXPECT_EQ(target.take(), Strings{R"(42["m",1])"});
  join(node(1), "r", 1);
  emit_to_member(id, "r", R"(["m",2])");
  run();
  EXPECT_EQ(told(), Strings{"ok"});
  EXPECT_EQ(target.take(), Strings{R"(42["m",2])"});
  std::string stranger = id;
  stranger[10] = stranger[10] == 'x' ? 'y' : 'x';
  emit_to_member(stranger, "", R"(["m"])");
  run();
  EXPECT_EQ(told(), Strings{"not-found"});
}

TEST_F(ClusterMember, AnswersNothingWhereNobodyAsks) {
  make(2);
  FakeSession& target = connect(node(1));
  emit_to_member(last_id(node(1)), "", R"(["m"])", false);
  run();
  EXPECT_EQ(target.take().size(), 1u);
  EXPECT_EQ(node(1).adapter->published, 0u);
}

TEST_F(ClusterMember, SaysAtOnceThatANodeIsUnknown) {
  make(2);
  emit_to_member("zzzz5678901234567890", "r", R"(["m"])");
  EXPECT_EQ(told(), Strings{"not-found"});
  emit_to_member("no id", "r", R"(["m"])");
  EXPECT_EQ(told(), Strings{"not-found"});
}

TEST_F(ClusterMember, SharesTheChannelOfTheRoomWithItsBroadcasts) {
  make(3);
  FakeSession& target = connect(node(1));
  join(node(1), "r");
  const std::string id = last_id(node(1));
  FakeSession& other = connect(node(2));
  join(node(2), "r");
  Strings expected;
  Strings broadcasts;
  for (int i = 0; i < 50; ++i) {
    const std::string text = R"(["m",)" + std::to_string(i) + "]";
    if (i % 2 == 0) {
      emit({"r"}, text);
      broadcasts.push_back("42" + text);
    } else {
      emit_to_member(id, "r", text);
    }
    expected.push_back("42" + text);
  }
  // Each channel keeps its order; everything else is as late as can be.
  while (network.deliver([&](const HeldMessage& m) { return m.kind != Destination::Kind::topic; })) run_loops();
  run();
  EXPECT_EQ(target.take(), expected);
  EXPECT_EQ(other.take(), broadcasts);
  EXPECT_EQ(count(node(2).server->cluster_counters().skipped), 25u);
  EXPECT_EQ(told(), Strings(25, "ok"));
}

TEST_F(ClusterMember, KeepsWhatIsForAHeldMemberBehindTheBroadcastsOfItsRoom) {
  make(2);
  FakeSession& target = connect(node(1));
  enter(node(1));
  last(node(1)).join("r", Admission::held);
  emit({"r"}, R"(["first"])");
  emit_to_member(last_id(node(1)), "r", R"(["second"])");
  run();
  EXPECT_EQ(told(), Strings{"ok"});
  EXPECT_TRUE(target.take().empty());
  enter(node(1));
  last(node(1)).admit("r", 1);
  EXPECT_EQ(target.take(), (Strings{R"(42["first"])", R"(42["second"])"}));
}

TEST_F(ClusterMember, FindsOutThatNobodyOfThatNodeIsInTheRoom) {
  make(2);
  connect(node(1));
  emit_to_member(last_id(node(1)), "r", R"(["m"])");
  run();
  EXPECT_TRUE(told().empty());  // nobody there listens to the room
  advance(base::Milliseconds(100));
  EXPECT_EQ(told(), Strings{"not-member"});
}

TEST_F(ClusterMember, FindsThatOutAsSoonForALaterMessage) {
  make(2);
  connect(node(1));
  for (int i = 0; i < 2; ++i) {
    emit_to_member(last_id(node(1)), "r", R"(["m"])");
    advance(base::Milliseconds(99));
    EXPECT_TRUE(told().empty());
    advance(base::Milliseconds(1));
    EXPECT_EQ(told(), Strings{"not-member"});
  }
}

TEST_F(ClusterMember, AsksANodeAgainWithoutDisturbingAMessageThatIsLate) {
  make(2);
  FakeSession& target = connect(node(1));
  join(node(1), "r");
  emit_to_member(last_id(node(1)), "r", R"(["m"])");
  advance(base::Milliseconds(150), false);
  network.deliver([](const HeldMessage& m) { return m.kind == Destination::Kind::node; });
  run_loops();
  EXPECT_TRUE(told().empty());
  run();
  EXPECT_EQ(told(), Strings{"ok"});
  EXPECT_EQ(target.take().size(), 1u);
}

TEST_F(ClusterMember, GivesUpAfterTheTimeout) {
  options.member_timeout = base::Milliseconds(300);
  make(2);
  connect(node(1));
  const std::string id = last_id(node(1));
  network.drop = [](const HeldMessage&) { return true; };
  emit_to_member(id, "", R"(["m"])");
  advance(base::Milliseconds(299));
  EXPECT_TRUE(told().empty());
  advance(base::Milliseconds(1));
  EXPECT_EQ(told(), Strings{"timeout"});
  EXPECT_EQ(count(node(0).server->cluster_counters().timeouts), 1u);
  EXPECT_EQ(count(node(0).server->cluster_counters().pending), 0u);
}

TEST_F(ClusterMember, CountsAnAnswerThatNobodyWaitsForAnyMore) {
  options.member_timeout = base::Milliseconds(300);
  make(2);
  connect(node(1));
  emit_to_member(last_id(node(1)), "", R"(["m"])");
  advance(base::Milliseconds(300), false);
  EXPECT_EQ(told(), Strings{"timeout"});
  run();
  EXPECT_TRUE(told().empty());
  EXPECT_EQ(drops(node(0), socketio::ClusterDrop::late_answer), 1u);
}

TEST_F(ClusterMember, SaysAtOnceThatTheAdapterIsAway) {
  make(2);
  connect(node(1));
  node(0).adapter->publish_status = Status::unavailable;
  emit_to_member(last_id(node(1)), "", R"(["m"])");
  EXPECT_EQ(told(), Strings{"unavailable"});
  EXPECT_EQ(count(node(0).server->cluster_counters().pending), 0u);
}

TEST_F(ClusterMember, SaysAtOnceThatTheNodeIsLost) {
  make(2);
  connect(node(1));
  const std::string id = last_id(node(1));
  network.drop = [](const HeldMessage&) { return true; };
  emit_to_member(id, "", R"(["m"])");
  network.lose(*node(1).adapter);
  run();
  EXPECT_EQ(told(), Strings{"not-found"});
  emit_to_member(id, "", R"(["m"])");
  EXPECT_EQ(told(), Strings{"not-found"});
}

TEST_F(ClusterMember, BoundsTheRequestsUnderWay) {
  options.max_pending_requests = 2;
  make(2);
  connect(node(1));
  for (int i = 0; i < 3; ++i) emit_to_member(last_id(node(1)), "", R"(["m"])");
  EXPECT_EQ(told(), Strings{"too-many"});
  EXPECT_EQ(count(node(0).server->cluster_counters().pending), 2u);
  run();
  EXPECT_EQ(told(), (Strings{"ok", "ok"}));
  EXPECT_EQ(drops(node(0), socketio::ClusterDrop::too_many_requests), 1u);
}

TEST_F(ClusterMember, UsesItsSlotsAgain) {
  make(2);
  connect(node(1));
  const std::string id = last_id(node(1));
  for (int i = 0; i < 1000; ++i) {
    emit_to_member(id, "", R"(["m"])");
    if (i % 3 == 0) run();
  }
  run();
  EXPECT_EQ(told(), Strings(1000, "ok"));
}

}  // namespace
}  // namespace signaling::test
