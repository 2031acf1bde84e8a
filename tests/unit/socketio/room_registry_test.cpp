#include "room_registry.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "fixture.hpp"

namespace signaling::socketio {
namespace {

using plugin_api::Status;

/// Writes down what is subscribed; answers when the test says so.
class FakeAdapter final : public plugin_api::BasicAdapter {
 public:
  void attach(plugin_api::AdapterEvents&, const plugin_api::NodeInfo&) override {}
  void subscribe(std::string_view topic, plugin_api::SubscribeHandler& handler) override {
    log.push_back("subscribe " + std::string(topic));
    handlers.emplace_back(&handler);
    if (answers_at_once) answer(Status::ok);
  }
  void unsubscribe(std::string_view topic) override { log.push_back("unsubscribe " + std::string(topic)); }
  Status publish(const plugin_api::Destination&, plugin_api::Bytes) override { return Status::ok; }
  void presence_put(std::string_view, std::string_view, std::string_view, std::uint32_t,
                    plugin_api::PresenceHandler& h) override {
    HandlerRef<plugin_api::PresenceHandler>{&h};
  }
  void presence_remove(std::string_view, std::string_view, plugin_api::PresenceHandler& h) override {
    HandlerRef<plugin_api::PresenceHandler>{&h};
  }
  void presence_list(std::string_view, plugin_api::PresenceHandler& h) override { HandlerRef<plugin_api::PresenceHandler>{&h}; }
  void visit_nodes(plugin_api::NodeVisitor&) override {}

  void answer(Status status) {
    for (auto& handler : std::exchange(handlers, {})) handler->on_subscribed(status);
  }

  bool answers_at_once = false;
  std::vector<std::string> log;
  std::vector<HandlerRef<plugin_api::SubscribeHandler>> handlers;
};

class RoomRegistryTest : public testing::Test {
 protected:
  FakeAdapter adapter;
  test::FakeHooks hooks;
  RoomRegistry registry{&adapter, hooks, 4};
  std::vector<Status> told;

  HandlerRef<plugin_api::StatusHandler> handler() {
    return HandlerRef<plugin_api::StatusHandler>(&plugin_api::make_status_handler([this](Status s) { told.push_back(s); }));
  }
};

TEST_F(RoomRegistryTest, SubscribesWithTheFirstLoopAndUnsubscribesWithTheLast) {
  RoomRecord& record = registry.acquire("/\nr", 0);
  EXPECT_EQ(&registry.acquire("/\nr", 2), &record);
  EXPECT_EQ(registry.loops("/\nr"), 0b101u);
  registry.release(record, 0);
  EXPECT_EQ(registry.loops("/\nr"), 0b100u);
  EXPECT_EQ(adapter.log, std::vector<std::string>{"subscribe /\nr"});
  registry.release(record, 2);
  EXPECT_EQ(registry.loops("/\nr"), 0u);
  EXPECT_EQ(adapter.log.back(), "unsubscribe /\nr");
  adapter.answer(Status::ok);  // after the end of the record: nobody is told, nothing breaks
}

TEST_F(RoomRegistryTest, TellsWhenTheRoomCanBeReached) {
  RoomRecord& record = registry.acquire("/\nr", 0);
  registry.when_reachable(record, handler());
  EXPECT_TRUE(told.empty());
  adapter.answer(Status::ok);
  EXPECT_EQ(told, std::vector{Status::ok});
  registry.when_reachable(record, handler());
  EXPECT_EQ(told.size(), 2u);
  registry.release(record, 0);
}

TEST_F(RoomRegistryTest, TellsWhyTheRoomCannotBeReached) {
  RoomRecord& record = registry.acquire("/\nr", 0);
  registry.when_reachable(record, handler());
  adapter.answer(Status::unavailable);
  EXPECT_EQ(told, std::vector{Status::unavailable});
  registry.release(record, 0);
}

TEST_F(RoomRegistryTest, TakesAnAnswerInsideTheCall) {
  adapter.answers_at_once = true;
  RoomRecord& record = registry.acquire("/\nr", 0);
  registry.when_reachable(record, handler());
  EXPECT_EQ(told, std::vector{Status::ok});
  registry.release(record, 0);
}

TEST_F(RoomRegistryTest, StandsLoopsThatComeAndGoAtTheSameTime) {
  adapter.answers_at_once = true;
  std::vector<std::thread> threads;
  RoomRegistry quiet(nullptr, hooks, 4);
  for (std::uint32_t loop = 0; loop < 4; ++loop) {
    threads.emplace_back([&quiet, loop] {
      for (int i = 0; i < 2000; ++i) {
        RoomRecord& record = quiet.acquire("/\nroom", loop);
        EXPECT_NE(quiet.loops("/\nroom") & (1u << loop), 0u);
        quiet.release(record, loop);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(quiet.loops("/\nroom"), 0u);
}

}  // namespace
}  // namespace signaling::socketio
