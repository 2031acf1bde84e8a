// Calls into plugins that hold their loop, told while they do.
#include <memory>
#include <sstream>
#include <support/fake_loop.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <signaling/server/loop_watch.hpp>

namespace signaling::server {
namespace {

using namespace std::chrono_literals;
using socketio::HookKind;
using socketio::RunningScope;
using ::testing::HasSubstr;

class LoopWatchTest : public ::testing::Test {
 protected:
  LoopWatchTest() {
    log->set_pattern("%n %v");
    hooks.add_plugin("slow", log);
    watch.watch({&loop});
    loop.run();  // says where this thread notes what it runs
  }
  void tick(base::Duration after) { watch.tick(now += after); }
  std::size_t lines() const {
    const std::string text = stream.str();
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  base::TimePoint now = base::TimePoint(1000s);
  test::FakeLoop loop{3};
  std::ostringstream stream;
  std::shared_ptr<spdlog::logger> log =
      std::make_shared<spdlog::logger>("plugin.slow", std::make_shared<spdlog::sinks::ostream_sink_mt>(stream));
  PluginHooks hooks{4};
  LoopWatch watch{hooks};
};

TEST_F(LoopWatchTest, TellsWhatHoldsALoopAndForHowLong) {
  const RunningScope scope(0, static_cast<std::uint32_t>(HookKind::event), now);
  tick(500ms);
  tick(1000ms);
  EXPECT_EQ(stream.str(),
            "plugin.slow event hook has held event loop 3 for 1.5 s and still does: all connections of the loop wait\n");
  tick(1000ms);
  EXPECT_EQ(lines(), 1U);  // not every time
  tick(500ms);
  EXPECT_EQ(lines(), 2U);
  EXPECT_THAT(stream.str(), HasSubstr("for 3.0 s"));
}

TEST_F(LoopWatchTest, SaysNothingOfCallsThatEnd) {
  for (int i = 0; i < 5; ++i) {
    const RunningScope scope(0, static_cast<std::uint32_t>(HookKind::event), now);
    tick(900ms);
  }
  tick(10s);
  EXPECT_EQ(lines(), 0U);
}

TEST_F(LoopWatchTest, CountsTheInnermostCall) {
  const RunningScope outer(socketio::unknown_plugin, static_cast<std::uint32_t>(HookKind::connect), now);
  {
    const RunningScope inner(0, static_cast<std::uint32_t>(HookKind::disconnect), now);
    tick(100ms);
    tick(1000ms);
  }
  EXPECT_THAT(stream.str(), HasSubstr("plugin.slow disconnect hook"));
}

TEST_F(LoopWatchTest, LooksAtNothingThatItWasToldToForget) {
  const RunningScope scope(0, static_cast<std::uint32_t>(HookKind::event), now);
  tick(100ms);
  watch.forget();
  tick(10s);
  EXPECT_EQ(lines(), 0U);
}

}  // namespace
}  // namespace signaling::server
