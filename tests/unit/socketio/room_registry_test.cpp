#include "room_registry.hpp"

#include <atomic>
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

  void answer_only(std::size_t index, Status status) { handlers.at(index)->on_subscribed(status); }
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
  RoomRegistry registry{&adapter, adapter_plugin, hooks, 4};
  std::vector<Status> told;
  base::TimePoint now{std::chrono::hours(1)};
  static constexpr std::uint32_t adapter_plugin = 7;

  HandlerRef<plugin_api::StatusHandler> handler() {
    return HandlerRef<plugin_api::StatusHandler>(&plugin_api::make_status_handler([this](Status s) { told.push_back(s); }));
  }
};

TEST_F(RoomRegistryTest, SubscribesWithTheFirstLoopAndUnsubscribesWithTheLast) {
  RoomRecord& record = registry.acquire("/\nr", 0, now);
  EXPECT_EQ(&registry.acquire("/\nr", 2, now), &record);
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
  RoomRecord& record = registry.acquire("/\nr", 0, now);
  registry.when_reachable(record, handler());
  EXPECT_TRUE(told.empty());
  adapter.answer(Status::ok);
  EXPECT_EQ(told, std::vector{Status::ok});
  registry.when_reachable(record, handler());
  EXPECT_EQ(told.size(), 2u);
  registry.release(record, 0);
}

TEST_F(RoomRegistryTest, TellsWhyTheRoomCannotBeReached) {
  RoomRecord& record = registry.acquire("/\nr", 0, now);
  registry.when_reachable(record, handler());
  adapter.answer(Status::unavailable);
  EXPECT_EQ(told, std::vector{Status::unavailable});
  registry.release(record, 0);
}

TEST_F(RoomRegistryTest, TakesAnAnswerInsideTheCall) {
  adapter.answers_at_once = true;
  RoomRecord& record = registry.acquire("/\nr", 0, now);
  registry.when_reachable(record, handler());
  EXPECT_EQ(told, std::vector{Status::ok});
  registry.release(record, 0);
}

TEST_F(RoomRegistryTest, GivesUpASubscriptionThatIsNeverAnswered) {
  RoomRecord& record = registry.acquire("/\nr", 0, now);
  registry.when_reachable(record, handler());
  registry.tick(now + std::chrono::milliseconds(29'999));
  EXPECT_TRUE(told.empty());
  EXPECT_TRUE(hooks.faults.empty());
  registry.tick(now + std::chrono::seconds(30));
  EXPECT_EQ(told, std::vector{Status::unavailable});
  EXPECT_EQ(hooks.faults, std::vector<std::string>{"never_completed: no answer to a subscription in time"});
  EXPECT_EQ(hooks.faulty_plugins, std::vector{adapter_plugin});
  registry.tick(now + std::chrono::hours(1));  // once
  registry.when_reachable(record, handler());  // as after a failure that was told
  EXPECT_EQ(told, std::vector(2, Status::unavailable));
  // What comes then changes nothing.
  hooks.faults.clear();
  adapter.answer(Status::ok);
  EXPECT_EQ(hooks.faults, std::vector<std::string>{"completed_twice: an answer to a subscription that was given up"});
  registry.when_reachable(record, handler());
  EXPECT_EQ(told, std::vector(3, Status::unavailable));
  registry.release(record, 0);
}

TEST_F(RoomRegistryTest, GivesUpWhatIsOwedForARoomThatHasEnded) {
  RoomRecord& record = registry.acquire("/\nr", 0, now);
  registry.when_reachable(record, handler());
  registry.release(record, 0);
  registry.tick(now + std::chrono::seconds(30));
  EXPECT_EQ(told, std::vector{Status::unavailable});
  EXPECT_EQ(hooks.faults.size(), 1u);
}

TEST_F(RoomRegistryTest, GivesUpThatAloneWhichIsDue) {
  RoomRecord& early = registry.acquire("/\nearly", 0, now);
  RoomRecord& answered = registry.acquire("/\nanswered", 0, now);
  RoomRecord& late = registry.acquire("/\nlate", 0, now + std::chrono::seconds(20));
  adapter.answer_only(1, Status::ok);
  registry.tick(now + std::chrono::seconds(40));
  for (RoomRecord* record : {&early, &answered, &late}) registry.when_reachable(*record, handler());
  EXPECT_EQ(told, (std::vector{Status::unavailable, Status::ok}));
  adapter.answer_only(2, Status::ok);
  EXPECT_EQ(told, (std::vector{Status::unavailable, Status::ok, Status::ok}));
  EXPECT_EQ(hooks.faults.size(), 1u);
}

TEST_F(RoomRegistryTest, TakesAReleaseWithoutAnAnswerForNone) {
  RoomRecord& record = registry.acquire("/\nr", 0, now);
  registry.when_reachable(record, handler());
  adapter.handlers.clear();
  EXPECT_EQ(told, std::vector{Status::unavailable});
  EXPECT_EQ(hooks.faults, std::vector<std::string>{"never_completed: a subscription was released without an answer"});
  registry.tick(now + std::chrono::hours(1));
  EXPECT_EQ(hooks.faults.size(), 1u);
  registry.release(record, 0);
}

TEST_F(RoomRegistryTest, CountsASecondAnswerAsTheAdapters) {
  RoomRecord& record = registry.acquire("/\nr", 0, now);
  adapter.answer_only(0, Status::ok);
  adapter.answer_only(0, Status::unavailable);
  registry.when_reachable(record, handler());
  EXPECT_EQ(told, std::vector{Status::ok});
  EXPECT_EQ(hooks.faults, std::vector<std::string>{"completed_twice: a second answer to a subscription"});
  EXPECT_EQ(hooks.faulty_plugins, std::vector{adapter_plugin});
}

TEST_F(RoomRegistryTest, MayEndBeforeItsAnswersCome) {
  {
    RoomRegistry ended(&adapter, adapter_plugin, hooks, 4);
    ended.acquire("/\nr", 0, now);
    ended.acquire("/\ns", 0, now);
    ended.tick(now);
  }
  adapter.answer_only(0, Status::ok);
  adapter.handlers.clear();
  EXPECT_TRUE(hooks.faults.empty());
}

TEST_F(RoomRegistryTest, TellsEachOnceWhereAnswersComeWhileItGivesUp) {
  struct AnyThread final : HookObserver {
    void on_hook(std::uint32_t, std::uint32_t, HookKind, std::uint64_t, const char*) override {}
  } any_thread;
  RoomRegistry busy(&adapter, adapter_plugin, any_thread, 4);
  constexpr int count = 2'000;
  std::atomic<int> told_count{0};
  for (int i = 0; i < count; ++i) {
    RoomRecord& record = busy.acquire("/\n" + std::to_string(i), 0, now);
    busy.when_reachable(record, HandlerRef<plugin_api::StatusHandler>(
                                    &plugin_api::make_status_handler([&told_count](Status) { told_count.fetch_add(1); })));
  }
  std::thread answering([this] { adapter.answer(Status::ok); });
  busy.tick(now + std::chrono::seconds(30));
  answering.join();
  EXPECT_EQ(told_count.load(), count);
}

TEST_F(RoomRegistryTest, StandsLoopsThatComeAndGoAtTheSameTime) {
  adapter.answers_at_once = true;
  std::vector<std::thread> threads;
  RoomRegistry quiet(nullptr, unknown_plugin, hooks, 4);
  for (std::uint32_t loop = 0; loop < 4; ++loop) {
    threads.emplace_back([&quiet, loop] {
      for (int i = 0; i < 2000; ++i) {
        RoomRecord& record = quiet.acquire("/\nroom", loop, {});
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
