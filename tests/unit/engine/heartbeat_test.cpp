#include "heartbeat.hpp"

#include <gtest/gtest.h>

namespace signaling::engine {
namespace {

using Action = Heartbeat::Action;
using std::chrono::milliseconds;
constexpr milliseconds interval{300};
constexpr milliseconds timeout{200};

class HeartbeatTest : public ::testing::Test {
 protected:
  HeartbeatTest() { heartbeat.start(at(0), interval); }
  static base::TimePoint at(int ms) { return base::TimePoint(std::chrono::hours{1}) + milliseconds(ms); }
  Heartbeat heartbeat;
};

TEST_F(HeartbeatTest, PingsAfterTheInterval) {
  EXPECT_EQ(heartbeat.deadline(), at(300));
  EXPECT_EQ(heartbeat.on_time(at(299), timeout), Action::wait);
  EXPECT_EQ(heartbeat.on_time(at(300), timeout), Action::ping);
  EXPECT_TRUE(heartbeat.awaits_pong());
  EXPECT_EQ(heartbeat.deadline(), at(500));
}

TEST_F(HeartbeatTest, TimesOutWithoutAPong) {
  heartbeat.on_time(at(300), timeout);
  EXPECT_EQ(heartbeat.on_time(at(499), timeout), Action::wait);
  EXPECT_EQ(heartbeat.on_time(at(500), timeout), Action::time_out);
}

TEST_F(HeartbeatTest, CountsTheTimeoutFromWhenThePingWasDue) {
  EXPECT_EQ(heartbeat.on_time(at(303), timeout), Action::ping);
  EXPECT_EQ(heartbeat.deadline(), at(500));
}

TEST_F(HeartbeatTest, GrantsTheWholeTimeoutAfterALoopStoodStill) {
  EXPECT_EQ(heartbeat.on_time(at(900), timeout), Action::ping);
  EXPECT_EQ(heartbeat.deadline(), at(1'100));
}

TEST_F(HeartbeatTest, CountsTheIntervalFromThePong) {
  heartbeat.on_time(at(300), timeout);
  EXPECT_FALSE(heartbeat.on_pong(at(350), interval));
  EXPECT_FALSE(heartbeat.awaits_pong());
  // The timer armed for the timeout fires early, and is armed again.
  EXPECT_EQ(heartbeat.on_time(at(500), timeout), Action::wait);
  EXPECT_EQ(heartbeat.on_time(at(650), timeout), Action::ping);
}

TEST_F(HeartbeatTest, TellsWhenAPongBringsTheDeadlineNearer) {
  heartbeat.on_time(at(300), milliseconds(20'000));
  EXPECT_TRUE(heartbeat.on_pong(at(310), interval));
  EXPECT_EQ(heartbeat.deadline(), at(610));
}

TEST_F(HeartbeatTest, IsExtendedOnceByAnotherPacket) {
  heartbeat.on_time(at(300), timeout);
  heartbeat.on_packet(at(400), timeout);
  EXPECT_EQ(heartbeat.on_time(at(500), timeout), Action::wait);
  heartbeat.on_packet(at(550), timeout);
  EXPECT_EQ(heartbeat.deadline(), at(600));
  EXPECT_EQ(heartbeat.on_time(at(600), timeout), Action::time_out);
}

TEST_F(HeartbeatTest, IsExtendedAnewForEachPing) {
  heartbeat.on_time(at(300), timeout);
  heartbeat.on_packet(at(400), timeout);
  heartbeat.on_pong(at(410), interval);
  EXPECT_EQ(heartbeat.on_time(at(710), timeout), Action::ping);
  heartbeat.on_packet(at(800), timeout);
  EXPECT_EQ(heartbeat.deadline(), at(1000));
}

TEST_F(HeartbeatTest, IgnoresPacketsWhileNoPongIsAwaited) {
  heartbeat.on_packet(at(200), timeout);
  EXPECT_EQ(heartbeat.deadline(), at(300));
}

TEST_F(HeartbeatTest, PostponesThePingAfterAPongNobodyAskedFor) {
  EXPECT_FALSE(heartbeat.on_pong(at(100), interval));
  EXPECT_EQ(heartbeat.deadline(), at(400));
}

}  // namespace
}  // namespace signaling::engine
