#include <gtest/gtest.h>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/fake_config.hpp>
#include <signaling/test_kit/fake_host.hpp>

#include "@name@.hpp"

namespace @name@ {
namespace {

using namespace signaling::plugin_api;

/// What every adapter owes is tested by signaling-plugin-check; here is what this one alone has.
TEST(@Name@, KeepsNoMoreRoomsThanItIsTold) {
  signaling::testing::FakeProblems problems;
  @Name@ adapter;
  adapter.start(signaling::testing::FakeConfig(schema, "max_rooms = 1"), problems);
  ASSERT_TRUE(problems.list.empty());
  const auto put = [&](std::string_view room) {
    Status result = Status::timeout;
    adapter.presence_put(room, "member", "", 0, make_presence_handler([&](Status status, auto, auto, auto) { result = status; }));
    return result;
  };
  EXPECT_EQ(put("first"), Status::ok);
  EXPECT_EQ(put("second"), Status::too_many);
  EXPECT_EQ(put("first"), Status::ok);
}

}  // namespace
}  // namespace @name@
