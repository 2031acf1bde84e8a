#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/server/repeat_log.hpp>

namespace signaling::server {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class RepeatLogTest : public ::testing::Test {
 protected:
  std::vector<std::string> flush(base::Duration at, bool all = false) {
    lines_.clear();
    log_.flush(base::TimePoint{} + 100s + at, all);
    return lines_;
  }
  std::vector<std::string> lines_;
  RepeatLog log_{2, 10s, [this](std::string_view component, const std::string& line) {
                   lines_.push_back(std::string(component) + ": " + line);
                 }};
};

TEST_F(RepeatLogTest, TellsTheFirstAtOnceAndTheRestOncePerInterval) {
  log_.add(0, "engine", "session id unknown", "192.0.2.7");
  EXPECT_THAT(flush(0s), ElementsAre("engine: 1 × session id unknown, last from 192.0.2.7"));
  for (int i = 0; i < 12'345; ++i) log_.add(0, "engine", "session id unknown", i == 12'344 ? "192.0.2.9" : "192.0.2.8");
  EXPECT_THAT(flush(1s), IsEmpty());
  EXPECT_THAT(flush(9s), IsEmpty());
  EXPECT_THAT(flush(10s), ElementsAre("engine: 12,345 × session id unknown in the last 10 s, last from 192.0.2.9"));
  EXPECT_THAT(flush(20s), IsEmpty());
}

TEST_F(RepeatLogTest, StartsAnewAfterAQuietInterval) {
  log_.add(0, "net", "malformed", "");
  flush(0s);
  EXPECT_THAT(flush(10s), IsEmpty());
  log_.add(0, "net", "malformed", "");
  EXPECT_THAT(flush(11s), ElementsAre("net: 1 × malformed"));
}

TEST_F(RepeatLogTest, SumsTheShardsAndKeepsKindsAndComponentsApart) {
  log_.add(0, "net", "malformed", "", 2);
  log_.add(1, "net", "malformed", "", 3);
  log_.add(1, "net", "tls", "");
  log_.add(1, "engine", "tls", "");
  EXPECT_THAT(flush(0s), UnorderedElementsAre("net: 5 × malformed", "net: 1 × tls", "engine: 1 × tls"));
}

TEST_F(RepeatLogTest, BoundsTheNumberOfKinds) {
  for (std::size_t i = 0; i < RepeatLog::max_kinds + 10; ++i) log_.add(0, "net", "kind " + std::to_string(i), "");
  const std::vector<std::string> lines = flush(0s);
  EXPECT_EQ(lines.size(), RepeatLog::max_kinds + 1);
  EXPECT_THAT(lines, ::testing::Contains("net: 10 × other"));
}

TEST_F(RepeatLogTest, TellsWhatIsLeftAtTheEnd) {
  log_.add(0, "net", "malformed", "");
  flush(0s);
  log_.add(0, "net", "malformed", "");
  EXPECT_THAT(flush(3s, true), ElementsAre("net: 1 × malformed in the last 3 s"));
}

TEST_F(RepeatLogTest, CountsWhileAnotherThreadFlushes) {
  std::thread other([this] {
    for (int i = 0; i < 10'000; ++i) log_.add(1, "net", "malformed", "x");
  });
  std::uint64_t flushes = 0;
  while (flushes++ < 100) log_.flush(base::TimePoint{} + 100s, false);
  other.join();
  lines_.clear();
  log_.flush(base::TimePoint{} + 200s, true);
  SUCCEED();  // the thread sanitizer is the judge
}

TEST(GroupedDecimal, SetsCommas) {
  EXPECT_EQ(grouped_decimal(0), "0");
  EXPECT_EQ(grouped_decimal(999), "999");
  EXPECT_EQ(grouped_decimal(1000), "1,000");
  EXPECT_EQ(grouped_decimal(1'234'567), "1,234,567");
}

}  // namespace
}  // namespace signaling::server
