// Broadcasts and operations over several loops.
#include <map>

#include "fixture.hpp"

namespace signaling::test {
namespace {

using namespace plugin_api;
using Strings = std::vector<std::string>;

class OperationsTest : public SocketioTest {
 protected:
  Namespaces& namespaces() { return server->namespaces(); }
  static Payload payload(std::string_view text) {
    static thread_local std::string_view piece;
    piece = text;
    return {TextPieces(&piece, 1), {}};
  }
};

TEST_F(OperationsTest, ReachesTheUnionOfRoomsOnceWithoutTheExcepted) {
  make();
  std::vector<FakeSession*> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(&connect());
  app->sockets[0]->join("a");
  app->sockets[1]->join("a");
  app->sockets[1]->join("b");
  app->sockets[2]->join("b");
  app->sockets[3]->join("b");
  app->sockets[3]->join("muted");
  const std::string id4(app->sockets[4]->id());
  const std::string_view rooms[] = {"a", "b", id4, "nobody"};
  const std::string_view except[] = {"muted", app->sockets[0]->id()};
  Target target;
  target.rooms = rooms;
  target.except = except;
  namespaces().emit(target, payload(R"(["m"])"));
  const int expected[] = {0, 1, 1, 0, 1};
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(clients[static_cast<std::size_t>(i)]->take().size(), static_cast<std::size_t>(expected[i])) << i;
  // Without rooms: the whole namespace.
  target.rooms = {};
  namespaces().emit(target, payload(R"(["m"])"));
  const int all[] = {0, 1, 1, 0, 1};
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(clients[static_cast<std::size_t>(i)]->take().size(), static_cast<std::size_t>(all[i])) << i;
}

TEST_F(OperationsTest, KeepsNamespacesApart) {
  make();
  FakeSession& session = connect();
  session.receive("0/chat,");
  session.take();
  Target target;
  target.namespace_name = "/chat";
  namespaces().emit(target, payload(R"(["m"])"));
  EXPECT_EQ(session.take(), Strings{R"(42/chat,["m"])"});
  target.namespace_name = "/none";
  namespaces().emit(target, payload(R"(["m"])"));
  EXPECT_TRUE(session.take().empty());
}

TEST_F(OperationsTest, PostsOnlyToLoopsThatHaveMembers) {
  make({}, {"/"}, 3);
  FakeSession& a = connect(0);
  FakeSession& b = connect(1);
  connect(2);
  run();
  app->sockets[0]->join("r");
  enter(1);
  app->sockets[1]->join("r");
  enter(0);
  const std::string_view rooms[] = {"r"};
  Target target;
  target.rooms = rooms;
  namespaces().emit(target, payload(R"(["m"])"));
  EXPECT_EQ(loop(1).posted_count(), 1u);
  EXPECT_EQ(loop(2).posted_count(), 0u);
  run();
  EXPECT_EQ(a.take(), Strings{R"(42["m"])"});
  EXPECT_EQ(b.take(), Strings{R"(42["m"])"});
}

TEST_F(OperationsTest, SendsFromOutsideTheRoomAndToAnIdOnAnotherLoop) {
  make({}, {"/"}, 2);
  FakeSession& sender = connect(0);
  FakeSession& b = connect(1);
  const std::string id = last_id();
  enter(1);
  app->sockets[1]->join("r");
  enter(0);
  for (const std::string& room : {std::string("r"), id}) {
    const std::string_view rooms[] = {room};
    Target target;
    target.rooms = rooms;
    namespaces().emit(target, payload(R"(["m"])"));
    run();
    EXPECT_EQ(b.take(), Strings{R"(42["m"])"}) << room;
  }
  namespaces().emit({}, payload(R"(["all"])"));
  run();
  EXPECT_EQ(b.take(), Strings{R"(42["all"])"});
  EXPECT_EQ(sender.take(), Strings{R"(42["all"])"});
}

TEST_F(OperationsTest, KeepsTheOrderOfOneSenderAcrossLoops) {
  make({}, {"/"}, 2);
  connect(0);
  FakeSession& b = connect(1);
  const std::string id = last_id();
  enter(1);
  app->sockets[1]->join("r");
  enter(0);
  Strings expected;
  for (int i = 0; i < 100; ++i) {
    const std::string text = R"(["m",)" + std::to_string(i) + "]";
    const std::string_view pieces[] = {text};
    const std::string_view rooms[] = {"r"};
    Target target;
    target.rooms = rooms;
    if (i % 2 == 0) {
      namespaces().emit(target, {pieces});
    } else {
      namespaces().emit_to_member("/", id, "r", {pieces}, nullptr);
    }
    expected.push_back("42" + text);
  }
  run();
  EXPECT_EQ(b.take(), expected);
}

TEST_F(OperationsTest, EmitsToAMemberAndTellsWhatBecameOfIt) {
  make({}, {"/"}, 2);
  connect(0);
  connect(0);
  connect(1);
  std::map<std::string, std::string> targets{{"same loop", std::string(app->sockets[1]->id())},
                                             {"other loop", std::string(app->sockets[2]->id())}};
  for (const auto& [where, id] : targets) {
    std::vector<Status> statuses;
    const auto ask = [&, member = id](std::string_view to, std::string_view room) {
      enter(0);
      namespaces().emit_to_member("/", to, room, payload(R"(["m"])"),
                                  &make_status_handler([&](Status s) { statuses.push_back(s); }));
      run();
    };
    ask(id, "");
    ask(id, "r");
    enter(where == "same loop" ? 0 : 1);
    app->sockets[where == "same loop" ? 1 : 2]->join("r");
    ask(id, "r");
    ask("no id at all", "r");
    std::string stranger = id;
    stranger[10] = stranger[10] == 'x' ? 'y' : 'x';
    ask(stranger, "r");
    EXPECT_EQ(statuses, (std::vector{Status::ok, Status::not_member, Status::ok, Status::not_found, Status::not_found}))
        << where;
  }
}

TEST_F(OperationsTest, KeepsWhatIsForAHeldMemberBehindTheBroadcastsOfItsRoom) {
  make({}, {"/"}, 2);
  connect(0);
  FakeSession& same_loop = connect(0);
  const std::string near = last_id();
  FakeSession& other_loop = connect(1);
  const std::string far = last_id();
  for (const auto& [loop, index] : {std::pair(0, 1), std::pair(1, 2)}) {
    enter(static_cast<std::uint32_t>(loop));
    app->sockets[static_cast<std::size_t>(index)]->join("r", plugin_api::Admission::held);
  }
  enter(0);
  const std::string_view rooms[] = {"r"};
  Target target;
  target.rooms = rooms;
  namespaces().emit(target, payload(R"(["first"])"));
  std::vector<Status> statuses;
  for (const std::string& id : {near, far}) {
    namespaces().emit_to_member("/", id, "r", payload(R"(["second"])"),
                                &make_status_handler([&](Status s) { statuses.push_back(s); }));
    run();
    enter(0);
  }
  EXPECT_EQ(statuses, (std::vector{Status::ok, Status::ok}));
  EXPECT_TRUE(same_loop.take().empty());
  EXPECT_TRUE(other_loop.take().empty());
  for (const auto& [loop, index] : {std::pair(0, 1), std::pair(1, 2)}) {
    enter(static_cast<std::uint32_t>(loop));
    app->sockets[static_cast<std::size_t>(index)]->admit("r", 1);
  }
  EXPECT_EQ(same_loop.take(), (Strings{R"(42["first"])", R"(42["second"])"}));
  EXPECT_EQ(other_loop.take(), (Strings{R"(42["first"])", R"(42["second"])"}));
}

TEST_F(OperationsTest, GathersAcknowledgementsOverLoops) {
  make({}, {"/"}, 2);
  FakeSession& a = connect(0);
  FakeSession& b = connect(1);
  Strings result;
  const auto handler = [&]() -> BroadcastAckHandler& {
    return make_broadcast_ack_handler([&](Status status, std::span<const BroadcastAckHandler::Answer> answers,
                                          std::uint32_t expected, std::span<const std::string_view> missing) {
      result.push_back(std::string(to_string(status)) + " " + std::to_string(answers.size()) + "/" + std::to_string(expected) +
                       " " + std::to_string(missing.size()));
      for (const auto& answer : answers) result.emplace_back(answer.args);
    });
  };
  namespaces().emit_with_ack({}, payload(R"(["q"])"), 1000, handler());
  run();
  const std::string packet = a.take().at(0);
  EXPECT_EQ(b.take(), Strings{packet});
  const std::string id = packet.substr(2, packet.find('[') - 2);
  a.receive("3" + id + "[1]");
  EXPECT_TRUE(result.empty());
  enter(1);
  b.receive("3" + id + "[2]");
  run();
  EXPECT_EQ(result, (Strings{"ok 2/2 0", "[1]", "[2]"}));

  // One does not answer: the partial result at the deadline, and its entry is gone.
  result.clear();
  namespaces().emit_with_ack({}, payload(R"(["q"])"), 1000, handler());
  run();
  const std::string second = a.take().at(0);
  const std::string second_id = second.substr(2, second.find('[') - 2);
  a.receive("3" + second_id + "[3]");
  advance(base::Milliseconds(1000));
  EXPECT_EQ(result, (Strings{"timeout 1/2 0", "[3]"}));

  // One leaves: there is nothing to wait for any more.
  result.clear();
  namespaces().emit_with_ack({}, payload(R"(["q"])"), 1000, handler());
  run();
  const std::string third = a.take().at(0);
  a.receive("3" + third.substr(2, third.find('[') - 2) + "[4]");
  enter(1);
  b.lose();
  run();
  EXPECT_EQ(result, (Strings{"timeout 1/2 0", "[4]"}));

  // Nobody there.
  result.clear();
  enter(0);
  Target nobody;
  nobody.namespace_name = "/none";
  namespaces().emit_with_ack(nobody, payload(R"(["q"])"), 1000, handler());
  run();
  EXPECT_EQ(result, Strings{"ok 0/0 0"});
}

TEST_F(OperationsTest, JoinsLeavesAndDisconnectsByTarget) {
  make({}, {"/"}, 2);
  FakeSession& a = connect(0);
  FakeSession& b = connect(1);
  const std::string_view more[] = {"x", "y"};
  namespaces().join({}, more);
  run();
  EXPECT_TRUE(app->sockets[0]->is_in("x"));
  enter(1);
  EXPECT_TRUE(app->sockets[1]->is_in("y"));
  enter(0);
  const std::string_view in_x[] = {"x"};
  Target target;
  target.rooms = in_x;
  const std::string_view y[] = {"y"};
  namespaces().leave(target, y);
  run();
  EXPECT_FALSE(app->sockets[1]->is_in("y"));
  namespaces().disconnect(target, true);
  run();
  EXPECT_FALSE(a.is_open());
  EXPECT_FALSE(b.is_open());
  EXPECT_TRUE(app->sockets.empty());
}

TEST_F(OperationsTest, QueriesCountsIdsAndEverything) {
  make({}, {"/"}, 2);
  connect(0);
  connect(1);
  enter(1);
  app->sockets[1]->join("r");
  app->sockets[1]->set_data(R"({"n":1})");
  enter(0);
  std::vector<std::string> result;
  const auto handler = [&]() -> QueryHandler& {
    return make_query_handler(
        [&](Status status, std::uint64_t count, std::span<const SocketInfo> sockets, std::span<const std::string_view>) {
          result.push_back(std::string(to_string(status)) + " " + std::to_string(count));
          for (const SocketInfo& info : sockets) {
            result.push_back(std::string(info.node) + " " + std::string(info.data) + " " + std::to_string(info.rooms.size()) +
                             (info.handshake.find(R"("address":"192.0.2.7")") != std::string_view::npos ? " address" : ""));
          }
        });
  };
  namespaces().query({}, Projection::count, 1000, false, handler());
  run();
  EXPECT_EQ(std::exchange(result, {}), Strings{"ok 2"});
  namespaces().query({}, Projection::ids, 1000, false, handler());
  run();
  EXPECT_EQ(std::exchange(result, {}), (Strings{"ok 2", "node1  0", "node1  0"}));
  const std::string_view rooms[] = {"r"};
  Target target;
  target.rooms = rooms;
  namespaces().query(target, Projection::full, 1000, false, handler());
  run();
  EXPECT_EQ(std::exchange(result, {}), (Strings{"ok 1", R"(node1 {"n":1} 1 address)"}));
}

TEST_F(OperationsTest, FindsSocketsOfTheCallingLoopAlone) {
  make({}, {"/"}, 2);
  connect(0);
  connect(1);
  EXPECT_EQ(namespaces().find_local("/", app->sockets[0]->id()), app->sockets[0]);
  EXPECT_EQ(namespaces().find_local("/", app->sockets[1]->id()), nullptr);
}

TEST_F(OperationsTest, RefusesAThreadThatIsNoLoop) {
  make();
  FakeSession& session = connect();
  loop().set_current(false);
  namespaces().emit({}, payload(R"(["m"])"));
  EXPECT_EQ(app->sockets[0]->emit(payload(R"(["m"])"), {}), EmitResult::closed);
  EXPECT_EQ(app->sockets[0]->join("r"), Status::invalid);
  app->sockets[0]->disconnect(true);
  EXPECT_EQ(namespaces().find_local("/", app->sockets[0]->id()), nullptr);
  loop().set_current(true);
  EXPECT_EQ(hooks.faults.size(), 5U);
  EXPECT_EQ(hooks.faults.front(),
            "wrong_thread: Namespaces::emit called on a thread that is not the event loop it belongs to; use Host::post");
  EXPECT_TRUE(session.take().empty());
  EXPECT_TRUE(session.is_open());
}

TEST_F(OperationsTest, SendsNothingThatIsNoPacket) {
  socketio::Options options;
  options.payload_checks = socketio::PayloadChecks::all;
  options.max_packet_bytes = 1'000;
  make(options);
  FakeSession& session = connect();
  const std::string huge = "[\"m\",\"" + std::string(1'000, 'x') + "\"]";
  for (const std::string_view text :
       {std::string_view(R"(["m",)"), std::string_view(R"({"m":1})"), std::string_view(R"([{}])"),
        std::string_view("[\"\xC3\x28\"]"), std::string_view(R"(12["m"])"), std::string_view(huge)}) {
    hooks.faults.clear();
    namespaces().emit({}, payload(text));
    EXPECT_EQ(app->sockets[0]->emit(payload(text), {}), EmitResult::dropped) << text;
    EXPECT_EQ(hooks.faults.size(), 2U) << text;
  }
  EXPECT_TRUE(session.take().empty());
  namespaces().emit({}, payload(R"( ["m",{"_placeholder":true,"num":0}] )"));
  EXPECT_EQ(session.take().size(), 1U);
}

TEST_F(OperationsTest, LooksAtOneInSoManyPayloads) {
  make();  // as it is by default; debug builds look at all
  FakeSession& session = connect();
  for (std::uint32_t i = 0; i < 2 * socketio::checked_payload_interval; ++i) namespaces().emit({}, payload("[1"));
#ifdef NDEBUG
  EXPECT_EQ(hooks.faults.size(), 2U);
  EXPECT_EQ(session.take().size(), 2 * socketio::checked_payload_interval - 2);
#else
  EXPECT_EQ(hooks.faults.size(), std::size_t{2} * socketio::checked_payload_interval);
  EXPECT_TRUE(session.take().empty());
#endif
}

}  // namespace
}  // namespace signaling::test
