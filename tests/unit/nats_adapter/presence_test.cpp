// Operations on rooms over a store that the test answers for.

#include <map>
#include <nats_adapter/presence.hpp>
#include <optional>
#include <set>

#include <gtest/gtest.h>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/fake_host.hpp>

namespace signaling::nats_adapter {
namespace {

using broker_parts::us_of;
using plugin_api::MemberChange;
using plugin_api::Status;

const NodeId self{"AAAA", 1}, other{"BBBB", 2};

struct Request {
  std::uint64_t number;
  std::string room;
  std::optional<Room> content;  ///< of a write
  std::uint64_t expected = 0;
};

/// Keeps what was written when the test says so.
struct FakeStore final : RoomStore {
  std::map<std::string, std::pair<std::uint64_t, Room>> rooms;
  std::vector<Request> requests;
  std::vector<std::uint64_t> erased;
  std::size_t bound = 1'000'000;
  std::uint64_t last = 0;

  void write(std::uint64_t number, std::string_view room, std::string_view content, std::uint64_t expected) override {
    requests.push_back({number, std::string(room), decode_room(content).value().room, expected});
  }
  void read(std::uint64_t number, std::string_view room) override { requests.push_back({number, std::string(room), {}}); }
  void erase(std::uint64_t sequence) override { erased.push_back(sequence); }
  std::size_t max_bytes() const override { return bound; }
};

struct FakeOwner final : Presence::Owner {
  std::set<NodeId> gone;
  std::vector<std::string> told;  ///< "kind member"
  bool is_lowest = true;

  bool is_gone(const NodeId& node) const override { return gone.contains(node); }
  void mention(const NodeId&) override {}
  bool is_first() const override { return is_lowest; }
  void on_told_lost(const NodeId& node) override { told.push_back("node " + node.tag); }
  void tell(std::string_view, std::span<const MemberChange> changes) override {
    for (const MemberChange& each : changes) {
      const char* kind = each.kind == MemberChange::Kind::joined ? "joined "
                         : each.kind == MemberChange::Kind::left ? "left "
                                                                 : "lost ";
      told.push_back(kind + std::string(each.member));
    }
  }
};

struct FakeClock final : broker_parts::Clock {
  std::int64_t now = 1'000'000;
  std::int64_t steady_us() const override { return now; }
  std::int64_t wall_us() const override { return now; }
};

struct Answer {
  Status status = Status::timeout;
  std::uint64_t mark = 0;
  bool existed = false;
  std::vector<std::string> others;
};
using AnswerPtr = std::shared_ptr<std::optional<Answer>>;

class PresenceTest : public ::testing::Test {
 protected:
  PresenceTest() { presence_.set_phase(Presence::Phase::restoring), presence_.set_phase(Presence::Phase::ready); }

  AnswerPtr ask(Operation::Kind kind, std::string member, std::string value = "", std::uint32_t max = 0,
                std::string room = "room") {
    auto answer = std::make_shared<std::optional<Answer>>();
    Operation operation{kind};
    operation.name = std::move(room);
    operation.member = std::move(member);
    operation.body = std::move(value);
    operation.max_members = max;
    operation.presence_handler = &plugin_api::make_presence_handler(
        [answer](Status status, std::uint64_t mark, bool existed, std::span<const plugin_api::PresenceEntry> others) {
          EXPECT_FALSE(answer->has_value());
          Answer made{status, mark, existed, {}};
          for (const auto& each : others) made.others.emplace_back(each.member);
          *answer = std::move(made);
        });
    presence_.submit(std::move(operation));
    return answer;
  }
  AnswerPtr put(std::string member, std::uint32_t max = 0) { return ask(Operation::Kind::put, std::move(member), "v", max); }
  AnswerPtr remove(std::string member) { return ask(Operation::Kind::remove, std::move(member)); }
  AnswerPtr list() { return ask(Operation::Kind::list, ""); }

  /// As the stream does it.
  void answer_first() {
    ASSERT_FALSE(store_.requests.empty());
    const Request request = store_.requests.front();
    store_.requests.erase(store_.requests.begin());
    auto& [version, room] = store_.rooms[request.room];
    if (!request.content) return presence_.on_read(request.number, {version, room});
    if (request.expected != version) return presence_.on_written(request.number, {Written::Kind::conflict});
    version = ++store_.last;
    room = *request.content;
    presence_.on_written(request.number, {Written::Kind::ok, version});
  }
  void answer_all() {
    while (!store_.requests.empty()) answer_first();
  }
  /// Another node writes.
  void write_by_other(const RoomOperation& operation, bool is_delivered = true) {
    auto& [version, room] = store_.rooms["room"];
    apply(room, operation, clock_.now);
    version = ++store_.last;
    if (is_delivered) presence_.on_room("room", version, room);
  }
  void restart() {
    presence_.set_phase(Presence::Phase::away);
    store_.requests.clear();
  }
  std::vector<std::string> members() {
    std::vector<std::string> names;
    for (const Member& each : store_.rooms["room"].second.members) names.push_back(each.name);
    return names;
  }
  using Names = std::vector<std::string>;

  Settings settings_;
  FakeClock clock_;
  testing::FakeHost host_;
  Metrics metrics_{host_};
  FakeStore store_;
  FakeOwner owner_;
  Presence presence_{{settings_, clock_, metrics_, host_, self, store_, owner_}};
};

TEST_F(PresenceTest, IsAnsweredWhenTheStreamHasIt) {
  const auto a = put("a");
  EXPECT_FALSE(*a);
  answer_all();
  ASSERT_TRUE(*a);
  EXPECT_EQ((*a)->status, Status::ok);
  EXPECT_FALSE((*a)->existed);
  EXPECT_EQ(presence_.own().size(), 1U);
}

TEST_F(PresenceTest, WhatWaitsTogetherGoesTogetherAndInOrder) {
  const auto a = put("a"), b = put("b"), again = put("a"), gone = remove("b"), all = list();
  answer_first();
  EXPECT_EQ(store_.requests.size(), 1U);
  answer_first();
  EXPECT_TRUE(store_.requests.empty());
  ASSERT_TRUE(*b && *again && *gone && *all);
  EXPECT_EQ((*b)->others, Names{"a"});
  EXPECT_TRUE((*again)->existed);
  EXPECT_TRUE((*gone)->existed);
  EXPECT_EQ((*all)->others, Names{"a"});
  EXPECT_LT((*a)->mark, (*b)->mark);
  EXPECT_LT((*again)->mark, (*gone)->mark);
}

TEST_F(PresenceTest, WhoseWriteComesSecondSeesTheFirst) {
  const auto a = put("a");
  write_by_other({RoomOperation::Kind::put, "b", "1", other}, false);
  answer_all();
  ASSERT_TRUE(*a);
  EXPECT_EQ((*a)->others, Names{"b"});
  EXPECT_EQ(members(), (Names{"b", "a"}));
}

TEST_F(PresenceTest, FullIsSaidOfTheRoomAsItIsNow) {
  write_by_other({RoomOperation::Kind::put, "b", "1", other});
  write_by_other({RoomOperation::Kind::remove, "b"}, false);
  const auto a = put("a", 1);
  answer_all();
  ASSERT_TRUE(*a);
  EXPECT_EQ((*a)->status, Status::ok);
  const auto c = put("c", 1);
  answer_all();
  EXPECT_EQ((*c)->status, Status::full);
}

TEST_F(PresenceTest, BoundOfTheConfigurationIsNotTheApplications) {
  settings_.max_members_per_room = 1;
  put("a");
  answer_all();
  const auto b = put("b"), c = put("c", 1);
  answer_all();
  EXPECT_EQ((*b)->status, Status::too_many);
  EXPECT_EQ((*c)->status, Status::full);
}

TEST_F(PresenceTest, RoomThatDoesNotFitInAMessageTakesWhatFits) {
  store_.bound = 60;
  const auto a = put("a"), b = put("b"), c = ask(Operation::Kind::put, "c", std::string(100, 'x')), d = put("d");
  answer_all();
  EXPECT_EQ((*a)->status, Status::ok);
  EXPECT_EQ((*b)->status, Status::ok);
  EXPECT_EQ((*c)->status, Status::too_many);
  ASSERT_TRUE(*d);
}

TEST_F(PresenceTest, WhatWaitsTooLongIsRefusedAndNotCarriedOut) {
  presence_.set_phase(Presence::Phase::away);
  const auto a = put("a");
  clock_.now += us_of(settings_.operation_timeout) + 1;
  presence_.tick();
  ASSERT_TRUE(*a);
  EXPECT_EQ((*a)->status, Status::unavailable);
  presence_.set_phase(Presence::Phase::restoring);
  presence_.set_phase(Presence::Phase::ready);
  EXPECT_TRUE(store_.requests.empty());
}

TEST_F(PresenceTest, PutOfUnknownOutcomeIsTakenBack) {
  const auto a = put("a");
  settings_.request_timeout = settings_.operation_timeout * 2;
  clock_.now += us_of(settings_.operation_timeout) + 1;
  presence_.tick();
  ASSERT_TRUE(*a);
  EXPECT_EQ((*a)->status, Status::timeout);
  answer_all();
  EXPECT_EQ(members(), Names{});
  EXPECT_EQ(presence_.own().size(), 0U);
}

TEST_F(PresenceTest, PutWhoseAnswerWasLostIsStillANewMember) {
  const auto a = put("a");
  const Request request = store_.requests.front();
  store_.rooms["room"] = {++store_.last, *request.content};
  restart();
  presence_.on_room("room", store_.last, *request.content);
  presence_.set_phase(Presence::Phase::restoring);
  presence_.set_phase(Presence::Phase::ready);
  answer_all();
  ASSERT_TRUE(*a);
  EXPECT_EQ((*a)->status, Status::ok);
  EXPECT_FALSE((*a)->existed);
}

TEST_F(PresenceTest, UnansweredRequestIsMadeAgain) {
  const auto a = put("a");
  store_.requests.clear();
  clock_.now += us_of(settings_.request_timeout) + 1;
  presence_.tick();
  answer_all();
  ASSERT_TRUE(*a);
  EXPECT_EQ((*a)->status, Status::ok);
}

TEST_F(PresenceTest, PutsItsOwnBackIntoAStreamThatIsEmpty) {
  put("a"), put("b");
  answer_all();
  restart();
  store_.rooms.clear();
  presence_.forget_rooms();
  presence_.set_phase(Presence::Phase::restoring);
  EXPECT_FALSE(presence_.is_restored());
  answer_all();
  EXPECT_TRUE(presence_.is_restored());
  EXPECT_EQ(members(), (Names{"a", "b"}));
  presence_.set_phase(Presence::Phase::ready);
  EXPECT_EQ(owner_.told, Names{});
}

TEST_F(PresenceTest, WhoeverIsTakenForLostComesBackWhereItWas) {
  put("a");
  answer_all();
  write_by_other({RoomOperation::Kind::put, "b", "1", other});
  write_by_other({RoomOperation::Kind::reap, {}, {}, self});
  answer_all();
  EXPECT_EQ(members(), (Names{"a", "b"}));
  EXPECT_EQ(owner_.told, Names{});
}

TEST_F(PresenceTest, MembersOfANodeThatIsGoneAreTakenOutAndToldOnce) {
  put("a");
  answer_all();
  write_by_other({RoomOperation::Kind::put, "b", "1", other});
  owner_.gone.insert(other);
  presence_.reap();
  answer_all();
  EXPECT_EQ(members(), Names{"a"});
  presence_.on_room("room", store_.last, store_.rooms["room"].second);
  EXPECT_EQ(owner_.told, (Names{"node BBBB", "lost b"}));
}

TEST_F(PresenceTest, AnotherNodesReapIsToldToo) {
  put("a");
  answer_all();
  write_by_other({RoomOperation::Kind::put, "b", "1", other});
  write_by_other({RoomOperation::Kind::reap, {}, {}, other});
  EXPECT_EQ(owner_.told, (Names{"node BBBB", "lost b"}));
}

TEST_F(PresenceTest, RoomsThatDoNotConcernItAreLeftToTheFirstNode) {
  owner_.is_lowest = false;
  write_by_other({RoomOperation::Kind::put, "b", "1", other});
  owner_.gone.insert(other);
  presence_.reap();
  EXPECT_TRUE(store_.requests.empty());
  owner_.is_lowest = true;
  clock_.now += 2'000'000;
  presence_.tick();
  answer_all();
  EXPECT_EQ(members(), Names{});
}

TEST_F(PresenceTest, WhatHappenedInAGapIsToldByComparison) {
  put("a");
  answer_all();
  write_by_other({RoomOperation::Kind::put, "b", "1", other});
  write_by_other({RoomOperation::Kind::put, "c", "1", other});
  restart();
  write_by_other({RoomOperation::Kind::remove, "b"});
  write_by_other({RoomOperation::Kind::put, "d", "1", other});
  EXPECT_EQ(owner_.told, Names{});
  presence_.set_phase(Presence::Phase::restoring);
  presence_.set_phase(Presence::Phase::ready);
  EXPECT_EQ(std::set<std::string>(owner_.told.begin(), owner_.told.end()), (std::set<std::string>{"left b", "joined d"}));
}

TEST_F(PresenceTest, EmptyRoomsAreForgottenAfterAWhile) {
  put("a"), remove("a");
  answer_all();
  EXPECT_EQ(presence_.room_count(), 1U);
  clock_.now += 61'000'000;
  presence_.tick();
  EXPECT_EQ(presence_.room_count(), 0U);
  EXPECT_EQ(store_.erased, std::vector<std::uint64_t>{store_.last});
  // The stream may still have it: the conflict is read, and the marks go on.
  const auto again = put("b");
  answer_all();
  EXPECT_EQ((*again)->status, Status::ok);
}

TEST_F(PresenceTest, LeavesWithEverything) {
  put("a"), ask(Operation::Kind::put, "a", "v", 0, "second");
  answer_all();
  const auto late = put("b");
  presence_.leave();
  answer_all();
  EXPECT_TRUE(presence_.is_idle());
  EXPECT_EQ(members(), Names{});
  EXPECT_TRUE(store_.rooms["second"].second.members.empty());
  ASSERT_TRUE(*late);
  EXPECT_EQ((*put("c"))->status, Status::closed);
}

TEST_F(PresenceTest, ClosingTellsEverybody) {
  const auto a = put("a"), b = list();
  presence_.close(Status::closed);
  ASSERT_TRUE(*a && *b);
  EXPECT_EQ((*a)->status, Status::closed);
  EXPECT_EQ((*b)->status, Status::closed);
}

}  // namespace
}  // namespace signaling::nats_adapter
