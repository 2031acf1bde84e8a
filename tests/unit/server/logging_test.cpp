#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <sys/stat.h>
#include <thread>

#include <gtest/gtest.h>
#include <spdlog/details/log_msg.h>

#include <signaling/server/logging.hpp>

namespace signaling::server {
namespace {

std::string format(bool json, spdlog::level::level_enum level, std::string_view text) {
  spdlog::memory_buf_t out;
  spdlog::details::log_msg message(spdlog::log_clock::time_point(std::chrono::milliseconds(1'769'860'800'123)), {}, "net",
                                   level, spdlog::string_view_t(text.data(), text.size()));
  make_log_formatter(json)->format(message, out);
  return std::string(out.data(), out.size());
}

TEST(LogFormatter, WritesLinesForPeople) {
  EXPECT_EQ(format(false, spdlog::level::info, "hello \"you\""), "2026-01-31T12:00:00.123Z info  net: hello \"you\"\n");
  EXPECT_EQ(format(false, spdlog::level::err, "x"), "2026-01-31T12:00:00.123Z error net: x\n");
}

TEST(LogFormatter, WritesJsonLines) {
  EXPECT_EQ(
      format(true, spdlog::level::warn, "say \"x\\y\""),
      "{\"time\":\"2026-01-31T12:00:00.123Z\",\"level\":\"warn\",\"component\":\"net\",\"message\":\"say \\\"x\\\\y\\\"\"}\n");
}

TEST(LogFormatter, LetsNoMessageForgeALine) {
  EXPECT_EQ(format(false, spdlog::level::info, "a\nb\r\x1b[31m\t"),
            "2026-01-31T12:00:00.123Z info  net: a\\nb\\u000d\\u001b[31m\\t\n");
  EXPECT_NE(format(true, spdlog::level::info, "a\nb").find("a\\nb"), std::string::npos);
}

class LoggingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("signaling_logging_test_" + std::to_string(::getpid()));
    std::filesystem::remove(path_);
    config_.file = path_;
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::string text() const {
    std::ifstream file(path_);
    std::ostringstream out;
    out << file.rdbuf();
    return out.str();
  }
  std::filesystem::path path_;
  LogConfig config_;
};

TEST_F(LoggingTest, IsDrainedOnlyWhenTheLastLineIsWritten) {
  // A pipe whose reader waits: the one line has left the queue, and cannot be written as a whole.
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const int reader = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  Logging logging(config_);
  logging.component("server")->error("{}", std::string(1'000'000, 'x'));
  EXPECT_FALSE(logging.drain(std::chrono::milliseconds(50)));
  std::thread reading([reader] {
    char buffer[65536];
    pollfd ready{reader, POLLIN, 0};
    for (std::size_t left = 1'000'000; left > 0 && ::poll(&ready, 1, 10'000) == 1;) {
      const ssize_t got = ::read(reader, buffer, sizeof buffer);
      if (got <= 0) break;
      left -= std::min(left, static_cast<std::size_t>(got));
    }
  });
  EXPECT_TRUE(logging.drain(std::chrono::seconds(10)));
  reading.join();
  ::close(reader);
}

TEST_F(LoggingTest, KeepsALevelForEachComponent) {
  config_.components["net"] = "debug";
  config_.components["plugin.x"] = "off";
  {
    Logging logging(config_);
    logging.component("net")->debug("net debug");
    logging.component("engine")->debug("engine debug");
    logging.component("engine")->info("engine {}", "info");
    logging.component("plugin.x")->error("plugin error");
    config_.components.clear();
    config_.level = "warn";
    logging.set_levels(config_);
    logging.component("net")->info("net info");
    logging.component("new")->info("new info");
    logging.component("new")->warn("new warn");
    EXPECT_TRUE(logging.drain(std::chrono::seconds(10)));
  }
  const std::string lines = text();
  EXPECT_NE(lines.find("debug net: net debug\n"), std::string::npos);
  EXPECT_EQ(lines.find("engine debug"), std::string::npos);
  EXPECT_NE(lines.find("info  engine: engine info\n"), std::string::npos);
  EXPECT_EQ(lines.find("plugin error"), std::string::npos);
  EXPECT_EQ(lines.find("net info"), std::string::npos);
  EXPECT_EQ(lines.find("new info"), std::string::npos);
  EXPECT_NE(lines.find("warn  new: new warn\n"), std::string::npos);
}

TEST_F(LoggingTest, NamesAFileThatCannotBeOpened) {
  config_.file = std::filesystem::temp_directory_path();
  try {
    const Logging logging(config_);
    ADD_FAILURE() << "opened a directory";
  } catch (const std::runtime_error& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("log.file: \"" + config_.file + "\" cannot be opened for writing: "));
  }
}

}  // namespace
}  // namespace signaling::server
