#include "room_index.hpp"

#include <gtest/gtest.h>

namespace signaling::socketio {
namespace {

TEST(RoomIndex, KeepsRoomsInPlaceWhileOthersComeAndGo) {
  RoomIndex index;
  Room* first = &index.find_or_create("first").first;
  for (int i = 0; i < 1000; ++i) index.find_or_create("room" + std::to_string(i));
  EXPECT_EQ(index.find("first"), first);
  EXPECT_FALSE(index.find_or_create("first").second);
  for (int i = 0; i < 1000; ++i) index.erase(*index.find("room" + std::to_string(i)));
  EXPECT_EQ(index.find("first"), first);
  EXPECT_EQ(index.size(), 1u);
}

TEST(MembershipList, FindsEachOfManyRooms) {
  std::vector<Room> rooms(500);
  MembershipList list;
  for (std::uint32_t i = 0; i < rooms.size(); ++i) list.insert({&rooms[(i * 7) % rooms.size()], i});
  EXPECT_EQ(list.size(), rooms.size());
  for (std::uint32_t i = 0; i < rooms.size(); ++i) EXPECT_EQ(list.find(&rooms[(i * 7) % rooms.size()])->index, i);
  Room stranger;
  EXPECT_EQ(list.find(&stranger), nullptr);
  for (Room& room : rooms) list.erase(&room);
  EXPECT_EQ(list.size(), 0u);
}

}  // namespace
}  // namespace signaling::socketio
