#include <memory_adapter/presence_store.hpp>
#include <string>

#include <gtest/gtest.h>

namespace signaling::memory_adapter {
namespace {

using plugin_api::Status;

constexpr PresenceLimits limits{.max_rooms = 2, .max_members = 3, .max_value_bytes = 4};

TEST(PresenceStore, RefusesAValueOverItsBound) {
  PresenceStore store(limits);
  EXPECT_EQ(store.put("room", "a", "1234", 0).status, Status::ok);
  EXPECT_EQ(store.put("room", "a", "12345", 0).status, Status::too_many);
  EXPECT_EQ(store.put("other", "a", "12345", 0).status, Status::too_many);
  EXPECT_EQ(store.list("room").others.front().value, "1234");
  EXPECT_EQ(store.room_count(), 1U);
}

TEST(PresenceStore, RefusesAMemberOverTheBoundOfEveryRoom) {
  PresenceStore store(limits);
  for (const char* member : {"a", "b", "c"}) EXPECT_EQ(store.put("room", member, "", 0).status, Status::ok);
  EXPECT_EQ(store.put("room", "d", "", 100).status, Status::too_many);
  EXPECT_EQ(store.put("room", "c", "new", 100).status, Status::ok);
}

TEST(PresenceStore, RefusesARoomOverTheBoundUntilOneEmpties) {
  PresenceStore store(limits);
  EXPECT_EQ(store.put("1", "a", "", 0).status, Status::ok);
  EXPECT_EQ(store.put("2", "a", "", 0).status, Status::ok);
  EXPECT_EQ(store.put("3", "a", "", 0).status, Status::too_many);
  EXPECT_EQ(store.put("2", "b", "", 0).status, Status::ok);
  store.remove("1", "a");
  EXPECT_EQ(store.put("3", "a", "", 0).status, Status::ok);
  EXPECT_EQ(store.room_count(), 2U);
}

TEST(PresenceStore, RefusesEmptyNames) {
  PresenceStore store(limits);
  EXPECT_EQ(store.put("", "a", "", 0).status, Status::invalid);
  EXPECT_EQ(store.put("room", "", "", 0).status, Status::invalid);
  EXPECT_EQ(store.room_count(), 0U);
}

TEST(PresenceStore, KeepsTheOthersOfAResultThatIsMoved) {
  PresenceStore store({.max_rooms = 2, .max_members = 3, .max_value_bytes = 100});
  store.put("room", "a", "short", 0);
  store.put("room", "b", std::string(80, 'x'), 0);
  const PresenceResult result = store.list("room");
  store.remove("room", "a");
  store.put("room", "b", "changed", 0);
  ASSERT_EQ(result.others.size(), 2U);
  EXPECT_EQ(result.others[0].value, "short");
  EXPECT_EQ(result.others[1].value, std::string(80, 'x'));
}

}  // namespace
}  // namespace signaling::memory_adapter
