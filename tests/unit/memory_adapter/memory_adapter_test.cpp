#include <memory_adapter/memory_adapter.hpp>
#include <memory_adapter/schema.hpp>

#include <gtest/gtest.h>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/fake_config.hpp>
#include <signaling/test_kit/fake_host.hpp>

// The behaviour itself is tested by signaling-plugin-check.
namespace signaling::memory_adapter {
namespace {

using plugin_api::Status;

TEST(MemoryAdapter, KeepsNoHistoryWhereThatIsSwitchedOff) {
  testing::FakeHost host;
  const testing::FakeConfig config(schema, "history = false");
  testing::FakeProblems problems;
  MemoryAdapter adapter(host);
  adapter.start(config, problems);
  int calls = 0;
  const auto expect_unsupported = [&calls](Status status, std::uint64_t, std::span<const plugin_api::Bytes>) {
    EXPECT_EQ(status, Status::unsupported);
    ++calls;
  };
  adapter.history_append("t", {}, plugin_api::make_history_handler(expect_unsupported));
  adapter.history_replay("t", 0, plugin_api::make_history_handler(expect_unsupported));
  EXPECT_EQ(calls, 2);
}

TEST(MemoryAdapter, TakesItsBoundsFromTheTable) {
  testing::FakeHost host;
  const testing::FakeConfig config(schema, "max_members_per_room = 1\nhistory_ttl = \"1s\"");
  testing::FakeProblems problems;
  MemoryAdapter adapter(host);
  adapter.start(config, problems);
  Status last = Status::invalid;
  const auto put = [&](std::string_view member) {
    adapter.presence_put("room", member, "", 0,
                         plugin_api::make_presence_handler([&](Status status, auto, auto, auto) { last = status; }));
    return last;
  };
  EXPECT_EQ(put("a"), Status::ok);
  EXPECT_EQ(put("b"), Status::too_many);

  std::uint64_t offset = 0;
  adapter.history_append("t", {}, plugin_api::make_history_handler([&](Status, std::uint64_t next, auto) { offset = next; }));
  const auto replay = [&] {
    adapter.history_replay("t", offset, plugin_api::make_history_handler([&](Status status, auto, auto) { last = status; }));
    return last;
  };
  EXPECT_EQ(replay(), Status::ok);
  host.advance(1'000);
  EXPECT_EQ(replay(), Status::not_found);
}

TEST(MemoryAdapter, IsHealthyBetweenStartAndStop) {
  testing::FakeHost host;
  const testing::FakeConfig config(schema);
  testing::FakeProblems problems;
  MemoryAdapter adapter(host);
  EXPECT_EQ(adapter.health(), "not running");
  adapter.start(config, problems);
  EXPECT_EQ(adapter.health(), "");
  adapter.stop();
  EXPECT_EQ(adapter.health(), "not running");
}

TEST(MemoryAdapter, ReleasesAHandlerThatThrows) {
  testing::FakeHost host;
  const testing::FakeConfig config(schema);
  testing::FakeProblems problems;
  MemoryAdapter adapter(host);
  adapter.start(config, problems);
  const auto witness = std::make_shared<int>(0);
  EXPECT_THROW(adapter.presence_list("room", plugin_api::make_presence_handler([witness](auto, auto, auto, auto) {
                                       throw std::runtime_error("the handler's own");
                                     })),
               std::runtime_error);
  EXPECT_EQ(witness.use_count(), 1);
}

}  // namespace
}  // namespace signaling::memory_adapter
