#include <memory>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <signaling/server/plugin_hooks.hpp>

namespace signaling::server {
namespace {

using socketio::HookKind;
using ::testing::HasSubstr;

class PluginHooksTest : public ::testing::Test {
 protected:
  PluginHooksTest() {
    log->set_pattern("%l %v");
    hooks.add_plugin("first", log);
    hooks.add_plugin("second", log);
  }

  /// Value of the only metric with these labels; nullptr where there is none.
  const prometheus::ClientMetric* find(std::size_t family, const std::string& plugin, const std::string& hook) {
    collected = hooks.Collect();
    for (const prometheus::ClientMetric& metric : collected[family].metric) {
      if (metric.label[0].value == plugin && metric.label[1].value == hook) return &metric;
    }
    return nullptr;
  }
  std::size_t lines() const {
    const std::string text = stream.str();
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  std::int64_t now_ns = 1'000'000'000'000;
  std::ostringstream stream;
  std::shared_ptr<spdlog::logger> log =
      std::make_shared<spdlog::logger>("plugin", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream));
  PluginHooks hooks{2, [this] { return now_ns; }};
  std::vector<prometheus::MetricFamily> collected;
};

TEST_F(PluginHooksTest, AddsUpTheTimesOfAllLoops) {
  hooks.on_hook(0, 0, HookKind::event, 500, nullptr);
  hooks.on_hook(0, 1, HookKind::event, 2'000, nullptr);
  hooks.on_hook(0, 1, HookKind::event, 2'000'000'000, nullptr);
  const auto* metric = find(0, "first", "event");
  ASSERT_NE(metric, nullptr);
  EXPECT_EQ(metric->histogram.sample_count, 3U);
  EXPECT_DOUBLE_EQ(metric->histogram.sample_sum, 2.0000025);
  EXPECT_EQ(metric->histogram.bucket[0].cumulative_count, 1U);
  EXPECT_DOUBLE_EQ(metric->histogram.bucket[0].upper_bound, 1e-6);
  EXPECT_EQ(metric->histogram.bucket[1].cumulative_count, 2U);
  EXPECT_EQ(metric->histogram.bucket.back().cumulative_count, 3U);
}

TEST_F(PluginHooksTest, LeavesOutHooksThatWereNeverCalled) {
  hooks.on_hook(1, 0, HookKind::connect, 500, nullptr);
  EXPECT_EQ(find(0, "first", "connect"), nullptr);
  EXPECT_EQ(find(0, "second", "event"), nullptr);
  EXPECT_NE(find(0, "second", "connect"), nullptr);
}

TEST_F(PluginHooksTest, CountsWhatEscapesAndLogsItNowAndThen) {
  for (int i = 0; i < 5; ++i) hooks.on_hook(0, 0, HookKind::event, 500, "not my day");
  EXPECT_EQ(find(1, "first", "event")->counter.value, 5);
  EXPECT_EQ(lines(), 1U);
  EXPECT_THAT(stream.str(), HasSubstr("error an exception escaped from the hook event: not my day"));
  now_ns += LogLimit::interval_ns;
  hooks.on_hook(0, 1, HookKind::event, 500, "not my day");
  EXPECT_EQ(lines(), 2U);
  EXPECT_THAT(stream.str(), HasSubstr("(4 more since the last line)"));
}

TEST_F(PluginHooksTest, TellsOfEachHookApart) {
  hooks.on_hook(0, 0, HookKind::event, 500, "a");
  hooks.on_hook(0, 0, HookKind::connect, 500, "b");
  hooks.on_hook(1, 0, HookKind::event, 500, "c");
  EXPECT_EQ(lines(), 3U);
}

TEST_F(PluginHooksTest, WarnsOfHooksThatHoldUpTheirLoop) {
  hooks.on_hook(0, 0, HookKind::event, PluginHooks::slow_hook_ns, nullptr);
  EXPECT_EQ(lines(), 0U);
  hooks.on_hook(0, 0, HookKind::event, 250'000'000, nullptr);
  hooks.on_hook(0, 0, HookKind::event, 250'000'000, nullptr);
  EXPECT_EQ(lines(), 1U);
  EXPECT_THAT(stream.str(), HasSubstr("warning event hook held its loop for 250 ms"));
}

TEST_F(PluginHooksTest, CountsWhatEscapesFromTasks) {
  hooks.on_task_error(1, "oh");
  hooks.on_task_error(1, "oh");
  EXPECT_EQ(find(1, "second", "task")->counter.value, 2);
  EXPECT_EQ(lines(), 1U);
}

TEST_F(PluginHooksTest, CountsWhatIsOfNobodyKnownByItself) {
  hooks.on_hook(9, 0, HookKind::callback, 1, "oh");
  hooks.on_fault(socketio::unknown_plugin, socketio::Fault::wrong_thread, "oh");
  EXPECT_EQ(find(1, "", "callback")->counter.value, 1);
  EXPECT_EQ(find(2, "", "wrong_thread")->counter.value, 1);
  EXPECT_EQ(find(1, "first", "callback")->counter.value, 0);
  EXPECT_EQ(find(2, "first", "wrong_thread")->counter.value, 0);
  hooks.on_task_error(9, "oh");
  hooks.on_hook(0, 9, HookKind::event, 1, nullptr);  // on a thread that is no loop
  EXPECT_EQ(find(0, "first", "event")->histogram.sample_count, 1U);
}

TEST_F(PluginHooksTest, KnowsAPluginByTheCallThatRuns) {
  {
    const socketio::RunningScope scope(1, static_cast<std::uint32_t>(HookKind::event), std::chrono::steady_clock::now());
    for (int i = 0; i < 3; ++i) hooks.on_fault(socketio::unknown_plugin, socketio::Fault::bad_payload, "no JSON");
  }
  EXPECT_EQ(find(2, "second", "bad_payload")->counter.value, 3);
  EXPECT_EQ(lines(), 1U);
  EXPECT_THAT(stream.str(),
              HasSubstr("error against the rules of the border (bad_payload): no JSON (0 more since the last line)"));
}

}  // namespace
}  // namespace signaling::server
