#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/plugin_api/log.hpp>

namespace signaling::plugin_api {
namespace {

using testing::ElementsAre;

/// Writes from a level on; has nothing else.
class LoggingHost final : public Host {
 public:
  explicit LoggingHost(LogLevel least) : least_(least) {}
  std::vector<std::string> lines;

  bool should_log(LogLevel level) const override { return level >= least_; }
  void log(LogLevel level, std::string_view text) override {
    lines.push_back(std::to_string(static_cast<unsigned>(level)).append(" ").append(text));
  }
  std::string_view node_name() const override { return {}; }
  std::string_view server_version() const override { return {}; }
  std::uint32_t loop_count() const override { return 1; }
  std::uint32_t current_loop() const override { return 0; }
  void post(std::uint32_t, Task& task) override { task.release(); }
  std::uint64_t start_timer(std::uint64_t, Task& task) override {
    task.release();
    return 0;
  }
  bool cancel_timer(std::uint64_t) override { return false; }
  std::int64_t wall_clock_ms() const override { return 0; }
  std::int64_t monotonic_ms() const override { return 0; }
  Metric& metric(MetricKind, std::string_view, std::string_view, std::span<const Label>) override { none(); }
  Namespaces& namespaces() override { none(); }
  Presence& presence() override { none(); }
  void* query(std::string_view) override { return nullptr; }

 private:
  [[noreturn]] static void none() { throw std::logic_error("this host only logs"); }
  const LogLevel least_;
};

TEST(Log, WritesEachLevel) {
  LoggingHost host(LogLevel::trace);
  const Log log(host);
  log.trace("a");
  log.debug("b", 1);
  log.info("c", 2, 'd');
  log.warn("e");
  log.error("f: ", std::string("g"));
  EXPECT_THAT(host.lines, ElementsAre("0 a", "1 b1", "2 c2d", "3 e", "4 f: g"));
}

TEST(Log, BuildsNoTextThatNobodyReads) {
  LoggingHost host(LogLevel::warn);
  const Log log(host);
  int asked = 0;
  const auto costly = [&asked] { return ++asked; };
  log.debug("members: ", costly);
  EXPECT_EQ(asked, 0);
  log.warn("members: ", costly);
  EXPECT_EQ(asked, 1);
  EXPECT_THAT(host.lines, ElementsAre("3 members: 1"));
}

}  // namespace
}  // namespace signaling::plugin_api
