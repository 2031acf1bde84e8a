// Queries and gathered acknowledgements over nodes, with partial results.
#include "cluster_fixture.hpp"

namespace signaling::test {
namespace {

using namespace plugin_api;

std::string joined(std::span<const std::string_view> texts) {
  std::string all;
  for (const std::string_view text : texts) all += " " + std::string(text);
  return all;
}

class ClusterQuery : public ClusterTest {
 protected:
  void query(const Target& target, Projection projection, bool local = false, std::uint32_t timeout = 1000) {
    enter(node(0));
    namespaces().query(target, projection, timeout, local,
                       make_query_handler([this](Status status, std::uint64_t total, std::span<const SocketInfo> sockets,
                                                 std::span<const std::string_view> missing) {
                         result.push_back(std::string(to_string(status)) + " " + std::to_string(total) + joined(missing));
                         for (const SocketInfo& info : sockets) {
                           result.push_back(std::string(info.node) + " " + std::string(info.data) + joined(info.rooms));
                         }
                       }));
  }
  void gather(const Target& target = {}, EmitFlags flags = {}) {
    enter(node(0));
    const std::string_view text = R"(["q"])";
    namespaces().emit_with_ack(
        target, {TextPieces(&text, 1), {}}, 1000,
        make_broadcast_ack_handler([this](Status status, std::span<const BroadcastAckHandler::Answer> answers,
                                          std::uint32_t expected, std::span<const std::string_view> missing) {
          result.push_back(std::string(to_string(status)) + " " + std::to_string(answers.size()) + "/" +
                           std::to_string(expected) + joined(missing));
          for (const auto& answer : answers) result.push_back(std::string(answer.args));
        }),
        flags);
  }
  /// The client answers the event it has got.
  void answer(ClusterNode& of, FakeSession& session, std::string_view args) {
    const Strings got = session.take();
    ASSERT_EQ(got.size(), 1u);
    enter(of, session.loop().index());
    session.receive("3" + got[0].substr(2, got[0].find('[') - 2) + std::string(args));
  }
  Strings take() { return std::exchange(result, {}); }

  Strings result;
};

TEST_F(ClusterQuery, CountsListsAndShowsSocketsOfAllNodes) {
  make(3, 2);
  connect(node(0));
  connect(node(1), 0);
  connect(node(1), 1);
  enter(node(1), 1);
  last(node(1)).set_data(R"({"n":1})");
  last(node(1)).join("r");
  query({}, Projection::count);
  run();
  EXPECT_EQ(take(), Strings{"ok 3"});
  query({}, Projection::ids);
  run();
  EXPECT_EQ(take(), (Strings{"ok 3", "node1 ", "node2 ", "node2 "}));
  const std::string_view rooms[] = {"r"};
  query({.rooms = rooms}, Projection::full);
  run();
  EXPECT_EQ(take(), (Strings{"ok 1", R"(node2 {"n":1} r)"}));
}

TEST_F(ClusterQuery, AsksThisNodeAloneWhereItIsTold) {
  make(2);
  connect(node(0));
  connect(node(1));
  query({}, Projection::count, true);
  EXPECT_EQ(take(), Strings{"ok 1"});
  EXPECT_TRUE(network.waiting.empty());
}

TEST_F(ClusterQuery, AsksForAnIdItsNodeAlone) {
  make(3);
  connect(node(1));
  const std::string id = last_id(node(1));
  const std::string_view rooms[] = {id};
  query({.rooms = rooms}, Projection::ids);
  ASSERT_EQ(network.waiting.size(), 1u);
  EXPECT_EQ(network.waiting[0].to, node(1).adapter->tag);
  run();
  EXPECT_EQ(take(), (Strings{"ok 1", "node2 "}));
}

TEST_F(ClusterQuery, TellsWhatArrivedAndWhoDidNotAnswerInTime) {
  make(3);
  connect(node(0));
  connect(node(1));
  connect(node(2));
  network.drop = [&](const HeldMessage& m) { return m.from == node(2).adapter->tag; };
  query({}, Projection::count);
  run();
  EXPECT_TRUE(take().empty());
  advance(base::Milliseconds(1000));
  EXPECT_EQ(take(), Strings{"timeout 2 node3"});
}

TEST_F(ClusterQuery, NamesALostNodeAtOnce) {
  make(3);
  connect(node(1));
  network.drop = [&](const HeldMessage& m) { return m.from == node(2).adapter->tag; };
  query({}, Projection::count);
  run();
  network.lose(*node(2).adapter);
  run();
  EXPECT_EQ(take(), Strings{"timeout 1 node3"});
}

TEST_F(ClusterQuery, NamesEverybodyWhereTheAdapterTakesNothing) {
  make(3);
  connect(node(0));
  node(0).adapter->publish_status = Status::too_many;
  query({}, Projection::count);
  EXPECT_EQ(take(), Strings{"timeout 1 node2 node3"});
}

TEST_F(ClusterQuery, SaysThatTheAdapterIsAway) {
  make(1);
  connect(node(0));
  node(0).adapter->events->on_health_changed(false, "away");
  query({}, Projection::count);
  EXPECT_EQ(take(), Strings{"unavailable 1"});
  gather();
  answer(node(0), *node(0).sessions[0], "[1]");
  EXPECT_EQ(take(), (Strings{"unavailable 1/1", "[1]"}));
}

TEST_F(ClusterQuery, NamesANodeThatDoesNotSpeakTheseMessages) {
  make(2);
  HeldAdapter old(network);
  old.tag = "zzzz";
  old.name = "old";
  old.events = node(0).adapter->events;  // never told anything
  node(0).adapter->events->on_node_joined(old.info());
  run();
  query({}, Projection::count);
  run();
  EXPECT_EQ(take(), Strings{"timeout 0 old"});
}

TEST_F(ClusterQuery, CutsALongAnswerIntoMessages) {
  options.max_socket_data_bytes = 100'000;
  make(2);
  const std::string big = R"(")" + std::string(90'000, 'x') + R"(")";
  for (int i = 0; i < 10; ++i) {
    connect(node(1));
    enter(node(1));
    last(node(1)).set_data(big);
  }
  query({}, Projection::full);
  network.deliver();
  run_loops();
  EXPECT_GE(network.waiting.size(), 3u);
  run();
  ASSERT_EQ(result.size(), 11u);
  EXPECT_EQ(result[0], "ok 10");
  EXPECT_EQ(result[10], "node2 " + big);
}

TEST_F(ClusterQuery, BoundsWhatOneNodeMayAnswer) {
  options.max_socket_data_bytes = 100'000;
  options.max_cluster_queue_bytes = 500'000;
  make(2);
  for (int i = 0; i < 10; ++i) {
    connect(node(1));
    enter(node(1));
    last(node(1)).set_data(R"(")" + std::string(90'000, 'x') + R"(")");
  }
  query({}, Projection::full);
  network.deliver();
  run_loops();
  while (!network.waiting.empty()) {
    const HeldMessage next = network.waiting.front();
    network.waiting.pop_front();
    network.arrive(next);
    run_loops();
  }
  ASSERT_FALSE(result.empty());
  EXPECT_EQ(result[0], "timeout 10 node2");
  EXPECT_EQ(drops(node(0), socketio::ClusterDrop::answer_too_large), 1u);
}

TEST_F(ClusterQuery, BoundsTheRequestsUnderWay) {
  options.max_pending_requests = 1;
  make(2);
  query({}, Projection::count);
  query({}, Projection::count);
  EXPECT_EQ(take(), Strings{"too-many 0"});
  gather();
  EXPECT_EQ(take(), Strings{"too-many 0/0"});
  run();
  EXPECT_EQ(take(), Strings{"ok 0"});
}

TEST_F(ClusterQuery, GathersAcknowledgementsOverNodes) {
  make(3, 2);
  FakeSession& a = connect(node(0));
  FakeSession& b = connect(node(1), 0);
  FakeSession& c = connect(node(1), 1);
  gather();
  run();
  answer(node(0), a, "[1]");
  answer(node(1), b, "[2]");
  run();
  EXPECT_TRUE(take().empty());
  answer(node(1), c, "[3]");
  run();
  EXPECT_EQ(take(), (Strings{"ok 3/3", "[1]", "[2]", "[3]"}));
}

TEST_F(ClusterQuery, GathersWhatIsThereAtTheDeadline) {
  make(3);
  FakeSession& a = connect(node(1));
  connect(node(1));
  connect(node(2));
  gather();
  run();
  answer(node(1), a, "[1]");
  network.drop = [&](const HeldMessage& m) { return m.from == node(2).adapter->tag; };
  advance(base::Milliseconds(1000));
  EXPECT_TRUE(take().empty());  // a report may be under way
  advance(base::Milliseconds(200));
  EXPECT_EQ(take(), (Strings{"timeout 1/2 node3", "[1]"}));
}

TEST_F(ClusterQuery, GathersWithoutANodeThatDiesMeanwhile) {
  make(2);
  FakeSession& a = connect(node(0));
  connect(node(1));
  gather();
  run();
  answer(node(0), a, "[1]");
  network.lose(*node(1).adapter);
  run();
  EXPECT_EQ(take(), (Strings{"timeout 1/1 node2", "[1]"}));
}

}  // namespace
}  // namespace signaling::test
