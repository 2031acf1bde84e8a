#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>

#include <signaling/plugin_api/callbacks.hpp>

namespace signaling::plugin_api {
namespace {

TEST(Callbacks, RunTheLambdaAndFreeItOnRelease) {
  const auto witness = std::make_shared<int>(0);
  Task& task = make_task([witness] { ++*witness; });
  EXPECT_EQ(witness.use_count(), 2);
  task.run();
  EXPECT_EQ(*witness, 1);
  task.release();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(Callbacks, AreFreedUnrun) {
  const auto witness = std::make_shared<int>(0);
  make_task([witness] { ++*witness; }).release();
  EXPECT_EQ(*witness, 0);
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(Callbacks, ThrowToTheCallerButNotOutOfRelease) {
  const auto witness = std::make_shared<int>(0);
  StatusHandler& handler = make_status_handler([witness](Status) { throw std::runtime_error("plugin's own"); });
  EXPECT_THROW(handler.on_status(Status::ok), std::runtime_error);
  static_assert(noexcept(handler.release()));
  handler.release();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST(Callbacks, TakeMoveOnlyLambdas) {
  int seen = 0;
  Task& task = make_task([owned = std::make_unique<int>(7), &seen] { seen = *owned; });
  task.run();
  task.release();
  EXPECT_EQ(seen, 7);
}

TEST(Callbacks, PassEveryArgument) {
  PresenceHandler& presence =
      make_presence_handler([](Status status, std::uint64_t mark, bool existed, std::span<const PresenceEntry> others) {
        EXPECT_EQ(status, Status::full);
        EXPECT_EQ(mark, 3U);
        EXPECT_TRUE(existed);
        EXPECT_EQ(others.size(), 1U);
      });
  const PresenceEntry entry{"a", "1", 2};
  presence.on_presence(Status::full, 3, true, std::span(&entry, 1));
  presence.release();

  int acks = 0;
  int failures = 0;
  AckHandler& ack = make_ack_handler([&](std::string_view args, std::span<const Bytes>) { acks += args == "[1]"; },
                                     [&](Status status) { failures += status == Status::timeout; });
  ack.on_ack("[1]", {});
  ack.on_failure(Status::timeout);
  ack.release();
  EXPECT_EQ(acks, 1);
  EXPECT_EQ(failures, 1);

  BroadcastAckHandler& answers =
      make_broadcast_ack_handler([](Status, std::span<const BroadcastAckHandler::Answer>, std::uint32_t expected,
                                    std::span<const std::string_view>) { EXPECT_EQ(expected, 5U); });
  answers.on_answers(Status::ok, {}, 5, {});
  answers.release();

  QueryHandler& query = make_query_handler([](Status, std::uint64_t count, std::span<const SocketInfo>,
                                              std::span<const std::string_view>) { EXPECT_EQ(count, 9U); });
  query.on_result(Status::ok, 9, {}, {});
  query.release();

  SubscribeHandler& subscribe = make_subscribe_handler([](Status status) { EXPECT_EQ(status, Status::too_many); });
  subscribe.on_subscribed(Status::too_many);
  subscribe.release();

  HistoryHandler& history =
      make_history_handler([](Status, std::uint64_t next, std::span<const Bytes>) { EXPECT_EQ(next, 4U); });
  history.on_history(Status::ok, 4, {});
  history.release();
}

}  // namespace
}  // namespace signaling::plugin_api
