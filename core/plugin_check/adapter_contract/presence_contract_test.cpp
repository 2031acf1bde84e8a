// Who is in which room: order, marks, bounds, and what concurrent changes may come to.

#include <algorithm>
#include <map>
#include <thread>

#include "adapter_node.hpp"

namespace signaling::testing {
namespace {

using plugin_api::Status;

using Names = std::vector<std::string>;

class PresenceContract : public ::testing::Test {
 protected:
  AdapterNode node_;
  const std::string room_ = unique_name("room");
};

TEST_F(PresenceContract, FirstMemberFindsNobody) {
  const auto answer = node_.put(room_, "a", "1");
  EXPECT_EQ(answer.status, Status::ok);
  EXPECT_FALSE(answer.existed);
  EXPECT_GT(answer.mark, 0U);
  EXPECT_TRUE(answer.others.empty());
}

TEST_F(PresenceContract, LaterMemberFindsTheEarlierOnesInOrderOfEntryWithTheirValuesAndMarks) {
  const auto a = node_.put(room_, "a", "value of a");
  const auto c = node_.put(room_, "c", "value of c");
  const auto b = node_.put(room_, "b", "value of b");
  ASSERT_EQ(b.others.size(), 2U);
  EXPECT_EQ(b.others[0].member, "a");
  EXPECT_EQ(b.others[0].value, "value of a");
  EXPECT_EQ(b.others[0].mark, a.mark);
  EXPECT_EQ(b.others[1].member, "c");
  EXPECT_EQ(b.others[1].value, "value of c");
  EXPECT_EQ(b.others[1].mark, c.mark);
}

TEST_F(PresenceContract, MarksGrowWithEveryChange) {
  const auto first = node_.put(room_, "a", "");
  const auto second = node_.put(room_, "b", "");
  const auto replaced = node_.put(room_, "a", "new");
  const auto removed = node_.remove(room_, "b");
  EXPECT_LT(first.mark, second.mark);
  EXPECT_LT(second.mark, replaced.mark);
  EXPECT_LT(replaced.mark, removed.mark);
}

TEST_F(PresenceContract, MarksGrowOverTheEndOfARoomAndItsNewBeginning) {
  std::uint64_t last = 0;
  for (int i = 0; i < 5; ++i) {
    const auto put = node_.put(room_, "a", "");
    EXPECT_GT(put.mark, last);
    const auto removed = node_.remove(room_, "a");
    EXPECT_GT(removed.mark, put.mark);
    last = removed.mark;
  }
}

TEST_F(PresenceContract, PuttingAgainReplacesTheValueAndKeepsThePlace) {
  node_.put(room_, "a", "old");
  node_.put(room_, "b", "");
  const auto again = node_.put(room_, "a", "new");
  EXPECT_EQ(again.status, Status::ok);
  EXPECT_TRUE(again.existed);
  EXPECT_EQ(again.members(), Names{"b"});
  const auto list = node_.list(room_);
  EXPECT_EQ(list.members(), (Names{"a", "b"}));
  EXPECT_EQ(list.others[0].value, "new");
  EXPECT_EQ(list.others[0].mark, again.mark);
}

TEST_F(PresenceContract, ComingBackAfterLeavingIsANewEntryAtTheEnd) {
  node_.put(room_, "a", "");
  node_.put(room_, "b", "");
  node_.remove(room_, "a");
  EXPECT_FALSE(node_.put(room_, "a", "").existed);
  EXPECT_EQ(node_.list(room_).members(), (Names{"b", "a"}));
}

TEST_F(PresenceContract, RemovingTellsWhetherItWasThere) {
  node_.put(room_, "a", "");
  node_.put(room_, "b", "");
  const auto removed = node_.remove(room_, "a");
  EXPECT_EQ(removed.status, Status::ok);
  EXPECT_TRUE(removed.existed);
  const auto again = node_.remove(room_, "a");
  EXPECT_EQ(again.status, Status::ok);
  EXPECT_FALSE(again.existed);
  EXPECT_EQ(node_.list(room_).members(), Names{"b"});
}

TEST_F(PresenceContract, RemovingFromARoomThatNeverWasIsNoError) {
  const auto removed = node_.remove(room_, "a");
  EXPECT_EQ(removed.status, Status::ok);
  EXPECT_FALSE(removed.existed);
}

TEST_F(PresenceContract, ListHasEveryMember) {
  EXPECT_EQ(node_.list(room_).status, Status::ok);
  EXPECT_TRUE(node_.list(room_).others.empty());
  node_.put(room_, "a", "1");
  const auto b = node_.put(room_, "b", "2");
  const auto list = node_.list(room_);
  EXPECT_EQ(list.status, Status::ok);
  EXPECT_EQ(list.members(), (Names{"a", "b"}));
  EXPECT_GE(list.mark, b.mark);
  EXPECT_LT(list.mark, node_.put(room_, "c", "3").mark);
}

TEST_F(PresenceContract, FullRoomRefusesANewMemberAndChangesNothing) {
  EXPECT_EQ(node_.put(room_, "a", "1", 2).status, Status::ok);
  EXPECT_EQ(node_.put(room_, "b", "2", 2).status, Status::ok);
  const auto refused = node_.put(room_, "c", "3", 2);
  EXPECT_EQ(refused.status, Status::full);
  EXPECT_FALSE(refused.existed);
  EXPECT_EQ(node_.list(room_).members(), (Names{"a", "b"}));
  EXPECT_FALSE(node_.remove(room_, "c").existed);
}

TEST_F(PresenceContract, FullRoomLetsItsMembersReplaceTheirValues) {
  node_.put(room_, "a", "1", 1);
  const auto again = node_.put(room_, "a", "2", 1);
  EXPECT_EQ(again.status, Status::ok);
  EXPECT_TRUE(again.existed);
}

TEST_F(PresenceContract, PlaceOfAMemberThatLeftIsFree) {
  node_.put(room_, "a", "", 1);
  node_.remove(room_, "a");
  EXPECT_EQ(node_.put(room_, "b", "", 1).status, Status::ok);
}

TEST_F(PresenceContract, BoundCountsWhoIsThereWhateverBoundTheyCameWith) {
  node_.put(room_, "a", "", 0);
  node_.put(room_, "b", "", 0);
  EXPECT_EQ(node_.put(room_, "c", "", 2).status, Status::full);
  EXPECT_EQ(node_.put(room_, "c", "", 3).status, Status::ok);
}

TEST_F(PresenceContract, RoomsAreApart) {
  const std::string other = unique_name("room");
  node_.put(room_, "a", "1");
  node_.put(other, "a", "2");
  node_.remove(room_, "a");
  EXPECT_TRUE(node_.list(room_).others.empty());
  ASSERT_EQ(node_.list(other).members(), Names{"a"});
  EXPECT_EQ(node_.list(other).others[0].value, "2");
}

TEST_F(PresenceContract, ValuesRoomsAndMembersMayHoldAnyBytes) {
  std::string every;
  for (int c = 0; c < 256; ++c) every.push_back(static_cast<char>(c));
  const std::string odd_room = room_ + every;
  EXPECT_EQ(node_.put(odd_room, every, every).status, Status::ok);
  EXPECT_EQ(node_.put(odd_room, "empty", "").status, Status::ok);
  EXPECT_EQ(node_.put(room_ + "{x}:*?[a]", "m", "1").status, Status::ok);
  const auto list = node_.list(odd_room);
  ASSERT_EQ(list.members(), (Names{every, "empty"}));
  EXPECT_EQ(list.others[0].value, every);
  EXPECT_EQ(list.others[1].value, "");
  EXPECT_TRUE(node_.remove(odd_room, every).existed);
}

TEST_F(PresenceContract, BigRoomsKeepTheirOrder) {
  constexpr std::size_t count = 2'000;
  Names expected;
  std::vector<Pending<PresenceAnswer>> pending;
  for (std::size_t i = 0; i < count; ++i) {
    expected.push_back("member-" + std::to_string(i));
    pending.push_back(node_.start_put(room_, expected.back(), std::string(i % 50, 'x')));
  }
  std::map<std::uint64_t, std::string> by_mark;
  for (std::size_t i = 0; i < count; ++i) {
    const auto answer = pending[i].wait();
    ASSERT_EQ(answer.status, Status::ok);
    ASSERT_TRUE(by_mark.emplace(answer.mark, expected[i]).second) << "a mark was given twice";
  }
  // Puts under way at the same time may take effect in any order: that of their marks.
  Names in_order;
  for (const auto& [mark, name] : by_mark) in_order.push_back(name);
  EXPECT_EQ(node_.list(room_).members(), in_order);
  for (std::size_t i = 0; i < count; i += 2) node_.remove(room_, expected[i]);
  EXPECT_EQ(node_.list(room_).others.size(), count / 2);
}

TEST_F(PresenceContract, OfPutsAtOnceExactlyTheBoundSucceeds) {
  constexpr int threads = 8;
  constexpr int each = 10;
  constexpr std::uint32_t bound = 25;
  std::vector<std::vector<PresenceAnswer>> answers(threads);
  std::vector<std::thread> workers;
  for (int t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        answers[static_cast<std::size_t>(t)].push_back(
            node_.put(room_, std::to_string(t) + '.' + std::to_string(i), "v", bound));
      }
    });
  }
  for (auto& worker : workers) worker.join();
  std::uint32_t entered = 0;
  for (const auto& of_thread : answers) {
    for (const auto& answer : of_thread) {
      EXPECT_TRUE(answer.status == Status::ok || answer.status == Status::full) << to_string(answer.status);
      entered += answer.status == Status::ok;
    }
  }
  EXPECT_EQ(entered, bound);
  EXPECT_EQ(node_.list(room_).others.size(), bound);
}

TEST_F(PresenceContract, OfTwoMembersExactlyTheLaterOneSeesTheOther) {
  constexpr std::size_t threads = 8;
  constexpr std::size_t each = 25;
  std::vector<std::map<std::string, PresenceAnswer>> answers(threads);
  std::vector<std::thread> workers;
  for (std::size_t t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      for (std::size_t i = 0; i < each; ++i) {
        const std::string name = std::to_string(t) + '.' + std::to_string(i);
        answers[t].emplace(name, node_.put(room_, name, "v"));
      }
    });
  }
  for (auto& worker : workers) worker.join();
  std::map<std::string, PresenceAnswer> all;
  for (auto& of_thread : answers) all.merge(of_thread);
  for (const auto& [name, answer] : all) {
    Names expected;
    std::uint64_t last = 0;
    for (const auto& other : answer.others) {
      EXPECT_GT(other.mark, last) << "not in order of entry";
      last = other.mark;
      expected.push_back(other.member);
    }
    std::sort(expected.begin(), expected.end());
    Names earlier;
    for (const auto& [other_name, other] : all) {
      if (other.mark < answer.mark) earlier.push_back(other_name);
    }
    EXPECT_EQ(expected, earlier);
  }
}

TEST_F(PresenceContract, EveryPutBesideARemoveEndsInOneOfTwoOrders) {
  for (int round = 0; round < 50; ++round) {
    const std::string room = unique_name("room");
    node_.put(room, "a", "1");
    PresenceAnswer removed;
    std::thread remover([&] { removed = node_.remove(room, "a"); });
    const auto put = node_.put(room, "b", "2");
    remover.join();
    EXPECT_TRUE(removed.existed);
    // b saw a exactly if it entered before a left.
    EXPECT_EQ(!put.others.empty(), put.mark < removed.mark);
    EXPECT_EQ(node_.list(room).members(), Names{"b"});
  }
}

}  // namespace
}  // namespace signaling::testing
