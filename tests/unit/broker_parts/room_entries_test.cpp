#include <broker_parts/room_entries.hpp>
#include <string>

#include <gtest/gtest.h>

namespace signaling::broker_parts {
namespace {

using Entries = RoomEntries<std::string>;

TEST(RoomEntries, MakeWhatIsNotThere) {
  Entries entries;
  EXPECT_EQ(entries.find("room", "a"), nullptr);
  auto [made, is_new] = entries.find_or_make("room", "a");
  EXPECT_TRUE(is_new);
  made = "one";
  const auto again = entries.find_or_make("room", "a");
  EXPECT_FALSE(again.second);
  EXPECT_EQ(again.first, "one");
  EXPECT_EQ(*entries.find("room", "a"), "one");
  EXPECT_EQ(entries.size(), 1U);
}

TEST(RoomEntries, AreCountedOverAllRooms) {
  Entries entries;
  entries.find_or_make("x", "a");
  entries.find_or_make("x", "b");
  entries.find_or_make("y", "a");
  EXPECT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries.rooms().size(), 2U);
  ASSERT_NE(entries.room("x"), nullptr);
  EXPECT_EQ(entries.room("x")->size(), 2U);
}

TEST(RoomEntries, HoldNoEmptyRoom) {
  Entries entries;
  entries.find_or_make("x", "a");
  EXPECT_FALSE(entries.remove("x", "b"));
  EXPECT_FALSE(entries.remove("y", "a"));
  EXPECT_EQ(entries.size(), 1U);
  EXPECT_TRUE(entries.remove("x", "a"));
  EXPECT_FALSE(entries.remove("x", "a"));
  EXPECT_EQ(entries.size(), 0U);
  EXPECT_TRUE(entries.rooms().empty());
  EXPECT_EQ(entries.room("x"), nullptr);
}

}  // namespace
}  // namespace signaling::broker_parts
