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

}  // namespace
}  // namespace signaling::test
