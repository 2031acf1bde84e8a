#include <nats_adapter/room.hpp>

#include <gtest/gtest.h>

namespace signaling::nats_adapter {
namespace {

using plugin_api::Status;
using Kind = RoomOperation::Kind;

const NodeId a{"AAAA", 1}, b{"BBBB", 2};

std::vector<std::string> names(const Room& room) {
  std::vector<std::string> all;
  for (const Member& each : room.members) all.push_back(each.name);
  return all;
}
using Names = std::vector<std::string>;

TEST(Room, ComesBackAsItWas) {
  Room room;
  apply(room, {Kind::put, "x", std::string("\0\xff", 2), a}, 1'000);
  apply(room, {Kind::put, "y", "", b}, 2'000);
  apply(room, {Kind::put, "z", "3", a}, 3'000);
  apply(room, {Kind::reap, {}, {}, b}, 4'000);
  const auto read = decode_room(encode_room("room", room));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->name, "room");
  EXPECT_EQ(read->room, room);
}

TEST(Room, NoPartOfARoomIsARoom) {
  Room room;
  apply(room, {Kind::put, "x", "value", a}, 1'000);
  apply(room, {Kind::reap, {}, {}, a}, 2'000);
  apply(room, {Kind::put, "y", "value", b}, 3'000);
  const std::string bytes = encode_room("room", room);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_room(std::string_view(bytes).substr(0, size))) << size;
}

TEST(Room, MarksGrowWhateverTheClockSays) {
  Room room;
  const auto first = apply(room, {Kind::put, "x", "", a}, 1'000);
  const auto second = apply(room, {Kind::put, "y", "", b}, 500);
  const auto third = apply(room, {Kind::remove, "x"}, 5'000);
  EXPECT_EQ(first.mark, 1'000U);
  EXPECT_EQ(second.mark, 1'001U);
  EXPECT_EQ(third.mark, 5'000U);
  EXPECT_EQ(apply(room, {Kind::list}, 9'000).mark, 5'000U);
}

TEST(Room, PutAgainKeepsThePlaceAndIsNeverRefused) {
  Room room;
  apply(room, {Kind::put, "x", "1", a, 2}, 1);
  apply(room, {Kind::put, "y", "2", a, 2}, 2);
  const auto full = apply(room, {Kind::put, "z", "3", a, 2}, 3);
  EXPECT_EQ(full.status, Status::full);
  EXPECT_FALSE(full.has_changed);
  const auto again = apply(room, {Kind::put, "x", "new", a, 2}, 4);
  EXPECT_TRUE(again.existed);
  EXPECT_EQ(names(room), (Names{"x", "y"}));
  EXPECT_EQ(room.members[0].value, "new");
  EXPECT_EQ(room.members[0].mark, again.mark);
  EXPECT_EQ(room.members[0].place, 1U);
}

TEST(Room, WhoIsPutBackStandsWhereItWasAndTheOthersAreTold) {
  Room room;
  apply(room, {Kind::put, "x", "1", a}, 10);
  apply(room, {Kind::put, "y", "2", b}, 20);
  apply(room, {Kind::reap, {}, {}, a}, 30);
  EXPECT_EQ(names(room), Names{"y"});
  const auto back = apply(room, {Kind::restore, "x", "1", a, 0, 10}, 40);
  EXPECT_EQ(names(room), (Names{"x", "y"}));
  EXPECT_EQ(room.changes, (std::vector<Change>{{Change::Kind::lost, "x", 30}, {Change::Kind::joined, "x", back.mark}}));
  EXPECT_FALSE(apply(room, {Kind::restore, "x", "1", a, 0, 10}, 50).has_changed);
}

TEST(Room, ExpelsOnlyWhatIsThatNodes) {
  Room room;
  apply(room, {Kind::put, "x", "1", a}, 10);
  EXPECT_FALSE(apply(room, {Kind::expel, "x", {}, b}, 20).has_changed);
  EXPECT_TRUE(apply(room, {Kind::expel, "x", {}, a}, 30).has_changed);
  EXPECT_TRUE(room.members.empty());
}

TEST(Room, KeepsFewChangesAndNoOldOnes) {
  Room room;
  for (int i = 0; i < 100; ++i) apply(room, {Kind::put, std::to_string(i), "", a}, i + 1);
  apply(room, {Kind::reap, {}, {}, a}, 200);
  EXPECT_LE(room.changes.size(), 64U);
  apply(room, {Kind::put, "x", "", b}, 300);
  apply(room, {Kind::reap, {}, {}, b}, 120'000'000);
  EXPECT_EQ(room.changes.size(), 1U);
}

}  // namespace
}  // namespace signaling::nats_adapter
