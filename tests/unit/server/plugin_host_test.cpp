#include <memory>
#include <sstream>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <signaling/server/absent_services.hpp>
#include <signaling/server/plugin_host.hpp>

#include "support/fake_loop.hpp"

namespace signaling::server {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Notes what becomes of it.
class NotingTask final : public plugin_api::Task {
 public:
  explicit NotingTask(std::vector<std::string>& notes, std::string name = "") : notes_(notes), name_(std::move(name)) {}
  void run() override {
    notes_.push_back(name_ + "run");
    if (on_run) on_run();
  }
  void release() noexcept override { notes_.push_back(name_ + "release"); }

  std::function<void()> on_run;

 private:
  std::vector<std::string>& notes_;
  std::string name_;
};

class PluginHostTest : public ::testing::Test {
 protected:
  PluginHostTest() {
    log->set_pattern("%l %v");
    hooks.add_plugin("redis", log);
    services.node_name = "sig1";
    services.server_version = "1.2.3";
    services.loop_count = 2;
    services.loops = {&loops[0], &loops[1]};
    services.metrics = &metrics;
    services.hooks = &hooks;
    enter(0);
    host = std::make_unique<PluginHost>(services, "redis", 0, log);
  }
  /// The thread of the test stands for this loop; 2: for none.
  void enter(std::size_t loop) {
    loops[0].set_current(loop == 0);
    loops[1].set_current(loop == 1);
  }

  test::FakeLoop loops[2]{test::FakeLoop{0}, test::FakeLoop{1}};
  std::vector<std::string> notes;
  NotingTask task{notes};
  std::ostringstream stream;
  std::shared_ptr<spdlog::logger> log =
      std::make_shared<spdlog::logger>("plugin.redis", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream));
  PluginMetrics metrics;
  PluginHooks hooks{2};
  PluginServices services;
  std::unique_ptr<PluginHost> host;
};

TEST_F(PluginHostTest, TellsNodeVersionAndLoops) {
  EXPECT_EQ(host->node_name(), "sig1");
  EXPECT_EQ(host->server_version(), "1.2.3");
  EXPECT_EQ(host->loop_count(), 2U);
  EXPECT_EQ(host->current_loop(), 0U);
  enter(1);
  EXPECT_EQ(host->current_loop(), 1U);
  enter(2);
  EXPECT_EQ(host->current_loop(), 2U);
  EXPECT_EQ(host->query("signaling.history/1"), nullptr);
}

TEST_F(PluginHostTest, RunsAPostedTaskOnItsLoopThenReleasesIt) {
  host->post(1, task);
  loops[0].run();
  EXPECT_THAT(notes, IsEmpty());
  loops[1].run();
  EXPECT_THAT(notes, ElementsAre("run", "release"));
}

TEST_F(PluginHostTest, ReleasesATaskForALoopThatIsNotThere) {
  host->post(2, task);
  EXPECT_THAT(notes, ElementsAre("release"));
}

TEST_F(PluginHostTest, ReleasesTasksThatALoopLeavesBehind) {
  {
    test::FakeLoop loop;
    services.loops = {&loop};
    PluginHost short_lived(services, "redis", 0, log);
    short_lived.post(0, task);
  }
  EXPECT_THAT(notes, ElementsAre("release"));
}

TEST_F(PluginHostTest, RunsATimerOnceAtItsTime) {
  host->start_timer(50, task);
  loops[0].advance(49ms);
  EXPECT_THAT(notes, IsEmpty());
  loops[0].advance(1ms);
  EXPECT_THAT(notes, ElementsAre("run", "release"));
  loops[0].advance(1h);
  EXPECT_THAT(notes, ElementsAre("run", "release"));
}

TEST_F(PluginHostTest, TakesADelayOfZeroAsOneAndAHugeOneAsACentury) {
  NotingTask far(notes, "far ");
  host->start_timer(0, task);
  host->start_timer(~0ULL, far);
  loops[0].run();
  EXPECT_THAT(notes, IsEmpty());
  loops[0].advance(1ms);
  EXPECT_THAT(notes, ElementsAre("run", "release"));
  loops[0].advance(24h * 365);
  EXPECT_THAT(notes, ElementsAre("run", "release"));
  host->discard_timers();
  EXPECT_EQ(notes.back(), "far release");
}

TEST_F(PluginHostTest, CancelsATimerOnItsOwnLoopAlone) {
  const std::uint64_t timer = host->start_timer(50, task);
  enter(1);
  EXPECT_FALSE(host->cancel_timer(timer));
  enter(0);
  EXPECT_TRUE(host->cancel_timer(timer));
  EXPECT_THAT(notes, ElementsAre("release"));
  EXPECT_FALSE(host->cancel_timer(timer));
  loops[0].advance(1s);
  EXPECT_THAT(notes, ElementsAre("release"));
}

TEST_F(PluginHostTest, LetsATimerStartItsSuccessor) {
  NotingTask second(notes, "second ");
  std::uint64_t first_number = 0;
  task.on_run = [&] {
    EXPECT_FALSE(host->cancel_timer(first_number));  // it has run
    host->start_timer(10, second);
  };
  first_number = host->start_timer(10, task);
  loops[0].advance(20ms);
  EXPECT_THAT(notes, ElementsAre("run", "release", "second run", "second release"));
}

TEST_F(PluginHostTest, DropsATimerThatIsStartedOnNoLoop) {
  enter(2);
  EXPECT_EQ(host->start_timer(10, task), 0U);
  EXPECT_THAT(notes, ElementsAre("release"));
  EXPECT_THAT(stream.str(), HasSubstr("Host::start_timer called on a thread that is no event loop"));
}

TEST_F(PluginHostTest, KeepsExceptionsOfTasksFromTheLoop) {
  task.on_run = [] { throw std::runtime_error("oh no"); };
  NotingTask other(notes, "other ");
  other.on_run = [] { throw 7; };
  host->post(0, task);
  host->start_timer(1, other);
  loops[0].advance(1ms);
  EXPECT_THAT(notes, ElementsAre("run", "release", "other run", "other release"));
  EXPECT_THAT(stream.str(), HasSubstr("error an exception escaped from a task: oh no"));
}

TEST_F(PluginHostTest, RunsNothingOnceItIsClosedAndReleasesAll) {
  NotingTask timed(notes, "timed ");
  host->post(0, task);
  host->start_timer(10, timed);
  host->close();
  loops[0].run();
  EXPECT_THAT(notes, ElementsAre("release"));
  host->discard_timers();
  EXPECT_THAT(notes, ElementsAre("release", "timed release"));
  loops[0].advance(1s);
}

TEST_F(PluginHostTest, WritesTextAsItIsUnderItsLogger) {
  log->set_level(spdlog::level::warn);
  EXPECT_FALSE(host->should_log(plugin_api::LogLevel::info));
  EXPECT_TRUE(host->should_log(plugin_api::LogLevel::error));
  host->log(plugin_api::LogLevel::info, "unseen");
  host->log(plugin_api::LogLevel::error, "100% {} {0}");
  EXPECT_EQ(stream.str(), "error 100% {} {0}\n");
}

TEST_F(PluginHostTest, SaysWhyAMetricIsNotShown) {
  host->metric(plugin_api::MetricKind::counter, "no such name", "", {}).add(1);
  EXPECT_THAT(stream.str(), HasSubstr("warning metric signaling_plugin_redis_no such name is not shown"));
}

TEST_F(PluginHostTest, HasNoSocketsUntilItGetsSome) {
  class Handler final : public plugin_api::PresenceHandler {
   public:
    void on_presence(plugin_api::Status status, std::uint64_t, bool, std::span<const plugin_api::PresenceEntry>) override {
      told = status;
    }
    void release() noexcept override { released = true; }
    plugin_api::Status told = plugin_api::Status::ok;
    bool released = false;
  } handler;
  EXPECT_EQ(&host->namespaces(), &absent_namespaces());
  EXPECT_EQ(host->namespaces().find_local("/", "x"), nullptr);
  host->presence().list("room", handler);
  EXPECT_EQ(handler.told, plugin_api::Status::unavailable);
  EXPECT_TRUE(handler.released);
}

TEST_F(PluginHostTest, HasClocks) {
  EXPECT_GT(host->wall_clock_ms(), 1'700'000'000'000);
  const std::int64_t before = host->monotonic_ms();
  EXPECT_GE(host->monotonic_ms(), before);
}

}  // namespace
}  // namespace signaling::server
