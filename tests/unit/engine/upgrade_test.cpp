#include "upgrade.hpp"

#include <gtest/gtest.h>

namespace signaling::engine {
namespace {

using Action = Upgrade::Action;
using std::chrono::milliseconds;

class UpgradeTest : public ::testing::Test {
 protected:
  static base::TimePoint at(int ms) { return base::TimePoint(std::chrono::hours{1}) + milliseconds(ms); }
  Upgrade upgrade{at(0), milliseconds(1000)};
};

TEST_F(UpgradeTest, AnswersTheProbeThenEndsPollsEvery100Milliseconds) {
  EXPECT_EQ(upgrade.deadline(), at(1000));
  EXPECT_EQ(upgrade.on_message(false, "2probe", at(10)), Action::answer_probe);
  EXPECT_EQ(upgrade.deadline(), at(110));
  EXPECT_EQ(upgrade.on_time(at(109)), Action::wait);
  EXPECT_EQ(upgrade.on_time(at(110)), Action::end_poll);
  EXPECT_EQ(upgrade.on_time(at(210)), Action::end_poll);
}

TEST_F(UpgradeTest, IsCompletedByFive) {
  upgrade.on_message(false, "2probe", at(10));
  EXPECT_EQ(upgrade.on_message(false, "5", at(20)), Action::complete);
}

TEST_F(UpgradeTest, IsCompletedWithoutAProbe) { EXPECT_EQ(upgrade.on_message(false, "5", at(1)), Action::complete); }

TEST_F(UpgradeTest, AnswersEveryProbe) {
  EXPECT_EQ(upgrade.on_message(false, "2probe", at(10)), Action::answer_probe);
  EXPECT_EQ(upgrade.on_message(false, "2probe", at(60)), Action::answer_probe);
  EXPECT_EQ(upgrade.deadline(), at(160));
}

TEST_F(UpgradeTest, FailsOnAnythingElse) {
  for (const char* packet : {"2", "2prob", "3", "3probe", "4hello", "1", "0", "6", "abc", "", "bAQID"}) {
    EXPECT_EQ(upgrade.on_message(false, packet, at(1)), Action::fail) << packet;
  }
  EXPECT_EQ(upgrade.on_message(true, "5", at(1)), Action::fail);
}

TEST_F(UpgradeTest, FailsWhenTheClientTakesTooLong) {
  EXPECT_EQ(upgrade.on_time(at(999)), Action::wait);
  EXPECT_EQ(upgrade.on_time(at(1000)), Action::fail);
}

TEST_F(UpgradeTest, FailsWhenTheClientProbesAndThenTakesTooLong) {
  upgrade.on_message(false, "2probe", at(950));
  EXPECT_EQ(upgrade.deadline(), at(1000));
  EXPECT_EQ(upgrade.on_time(at(1000)), Action::fail);
}

}  // namespace
}  // namespace signaling::engine
