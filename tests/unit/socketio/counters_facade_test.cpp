#include "counters_facade.hpp"

#include "fixture.hpp"

namespace signaling::test {
namespace {

using namespace plugin_api;

class CountersTest : public SocketioTest {
 protected:
  CounterHandler& handler() {
    return make_counter_handler([this](std::span<const CounterLevel> levels) { told.assign(levels.begin(), levels.end()); });
  }
  std::vector<CounterLevel> told;
};

/// Remembers what it was asked, and leaves the answer to the test.
class FakeCounting final : public BasicCountingAdapter {
 public:
  void attach(AdapterEvents&, const NodeInfo&) override {}
  void subscribe(std::string_view, SubscribeHandler& handler) override { handler.release(); }
  void unsubscribe(std::string_view) override {}
  Status publish(const Destination&, Bytes) override { return Status::ok; }
  void presence_put(std::string_view, std::string_view, std::string_view, std::uint32_t, PresenceHandler& handler) override {
    handler.release();
  }
  void presence_remove(std::string_view, std::string_view, PresenceHandler& handler) override { handler.release(); }
  void presence_list(std::string_view, PresenceHandler& handler) override { handler.release(); }
  void visit_nodes(NodeVisitor&) override {}
  void take_counters(std::span<const CounterTake> takes, std::uint32_t wait_ms, CounterHandler& handler) override {
    for (const CounterTake& take : takes) keys.emplace_back(take.key);
    waited_ms = wait_ms;
    const CounterLevel level{Status::ok, true, 1};
    handler.on_levels({&level, 1});
    handler.release();
  }
  std::vector<std::string> keys;
  std::uint32_t waited_ms = 0;
};

TEST_F(CountersTest, AreThereOnlyWhereTheAdapterSaysSo) {
  FakeCounting counting;
  make();
  EXPECT_EQ(server->shared_counters("limits"), nullptr);
  server->set_adapter(counting, "history");
  EXPECT_EQ(server->shared_counters("limits"), nullptr);
  server->set_adapter(counting, "history counters");
  ASSERT_NE(server->shared_counters("limits"), nullptr);
  EXPECT_EQ(server->shared_counters("limits"), server->shared_counters("limits"));
}

TEST_F(CountersTest, KeepPluginsApartAndRefuseWhatIsOutOfRange) {
  FakeCounting counting;
  make();
  server->set_adapter(counting, "counters");
  SharedCounters& counters = *server->shared_counters("limits");
  const CounterTake good{"key", 1, 1, 1};
  counters.take({&good, 1}, 250, handler());
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].status, Status::ok);
  EXPECT_EQ(counting.keys, std::vector<std::string>{"limits\nkey"});
  EXPECT_EQ(counting.waited_ms, 250u);
  const std::string long_key(max_counter_key_bytes + 1, 'k');
  for (const CounterTake& bad : {CounterTake{"", 1, 1, 1}, CounterTake{long_key, 1, 1, 1}, CounterTake{"key", 1, 0, 1},
                                 CounterTake{"key", std::numeric_limits<double>::infinity(), 1, 1}}) {
    counters.take({&bad, 1}, 250, handler());
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].status, Status::invalid);
  }
  counters.take({&good, 1}, 0, handler());
  EXPECT_EQ(told[0].status, Status::invalid);
  const std::vector<CounterTake> many(max_counter_takes + 1, good);
  counters.take(many, 250, handler());
  EXPECT_EQ(told.size(), many.size());
  EXPECT_EQ(counting.keys.size(), 1u);
}

/// Leaves the answers to the test.
class SlowCounting final : public BasicCountingAdapter {
 public:
  void attach(AdapterEvents&, const NodeInfo&) override {}
  void subscribe(std::string_view, SubscribeHandler&) override {}
  void unsubscribe(std::string_view) override {}
  Status publish(const Destination&, Bytes) override { return Status::ok; }
  void presence_put(std::string_view, std::string_view, std::string_view, std::uint32_t, PresenceHandler&) override {}
  void presence_remove(std::string_view, std::string_view, PresenceHandler&) override {}
  void presence_list(std::string_view, PresenceHandler&) override {}
  void visit_nodes(NodeVisitor&) override {}
  void take_counters(std::span<const CounterTake>, std::uint32_t, CounterHandler& handler) override {
    waiting.push_back(&handler);
  }
  std::vector<CounterHandler*> waiting;
};

class SlowCountersTest : public CountersTest {
 protected:
  SlowCountersTest() {
    make();
    server->set_adapter(slow, "counters", 5);
    counters = server->shared_counters("limits");
  }
  void take(std::size_t count, std::uint32_t wait_ms) {
    counters->take(std::vector<CounterTake>(count, CounterTake{"key", 1, 1, 1}), wait_ms, handler());
  }
  void tick_after(base::Duration time) {
    server->tick(loop().now() + time);
    run();
  }
  std::vector<Status> statuses() const {
    std::vector<Status> all;
    for (const CounterLevel& level : told) all.push_back(level.status);
    return all;
  }
  static constexpr CounterLevel some_level{Status::ok, true, 1};

  SlowCounting slow;
  SharedCounters* counters = nullptr;
};

TEST_F(SlowCountersTest, GiveUpASecondAfterTheTimeThatTheAdapterHad) {
  take(2, 250);
  tick_after(std::chrono::milliseconds(1'249));
  EXPECT_TRUE(told.empty());
  EXPECT_TRUE(hooks.faults.empty());
  tick_after(std::chrono::milliseconds(1'250));
  EXPECT_EQ(statuses(), std::vector(2, Status::timeout));
  EXPECT_EQ(hooks.faults, std::vector<std::string>{"never_completed: no answer to SharedCounters::take in time"});
  // What comes then is told to nobody.
  told.clear();
  hooks.faults.clear();
  slow.waiting.front()->on_levels({&some_level, 1});
  slow.waiting.front()->release();
  run();
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(hooks.faults, std::vector<std::string>{"completed_twice: an answer to SharedCounters::take that was given up"});
  EXPECT_EQ(hooks.faulty_plugins, std::vector<std::uint32_t>(2, 5));
}

TEST_F(SlowCountersTest, GiveUpWhatIsDueAlone) {
  take(1, 60'000);
  take(1, 250);
  tick_after(std::chrono::seconds(2));
  EXPECT_EQ(statuses(), std::vector{Status::timeout});
  loop().set_current(false);
  slow.waiting.front()->on_levels({&some_level, 1});
  run();
  EXPECT_EQ(statuses(), std::vector{Status::ok});
  slow.waiting.front()->on_levels({&some_level, 1});
  EXPECT_EQ(hooks.faults.back(), "completed_twice: a second answer to SharedCounters::take");
  for (CounterHandler* handler : slow.waiting) handler->release();
}

TEST_F(SlowCountersTest, TakeAReleaseWithoutAnAnswerForNone) {
  take(1, 250);
  slow.waiting.front()->release();
  run();
  EXPECT_EQ(statuses(), std::vector{Status::timeout});
  EXPECT_EQ(hooks.faults, std::vector<std::string>{"never_completed: SharedCounters::take was released without an answer"});
}

TEST_F(SlowCountersTest, TakeALevelMoreOrLessThanTakesForNoAnswer) {
  const std::vector<CounterLevel> levels(3, some_level);
  for (const std::size_t answered : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
    told.clear();
    hooks.faults.clear();
    take(2, 250);
    slow.waiting.back()->on_levels(std::span(levels).first(answered));
    slow.waiting.back()->release();
    run();
    EXPECT_EQ(statuses(), std::vector(2, Status::unavailable));
    EXPECT_EQ(hooks.faults, std::vector<std::string>{
                                "bad_message: an answer to SharedCounters::take with another number of levels than takes"});
  }
}

TEST_F(SlowCountersTest, ReleaseTheHandlerOfAnAnswerThatComesAfterTheServersEnd) {
  take(1, 250);
  TearDown();
  slow.waiting.front()->on_levels({&some_level, 1});
  slow.waiting.front()->release();
  EXPECT_TRUE(told.empty());
  EXPECT_TRUE(hooks.faults.empty());
}

}  // namespace
}  // namespace signaling::test
