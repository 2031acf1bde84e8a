#include <nats_adapter/node_table.hpp>

#include <gtest/gtest.h>

namespace signaling::nats_adapter {
namespace {

constexpr std::int64_t beat_us = 1'000, lease_us = 10'000;
const NodeId self{"MMMM", 1}, other{"BBBB", 2};

class NodeTableTest : public ::testing::Test {
 protected:
  Beat beat(const NodeId& node, Beat::Kind kind = Beat::Kind::beat, std::uint64_t epoch = 0, std::uint64_t restored = 0) {
    return {kind, node, {"name", "1", ""}, epoch, restored};
  }
  /// Echoes of this node for so long.
  void live(std::int64_t us) {
    for (const std::int64_t until = now_ + us; now_ < until; now_ += beat_us) table_.on_echo(now_);
  }
  NodeTable table_{self, lease_us, beat_us};
  std::int64_t now_ = 1;
};

TEST_F(NodeTableTest, JoinsOnceAndLeaves) {
  auto events = table_.on_beat(beat(other));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, NodeEvent::Kind::joined);
  EXPECT_TRUE(table_.on_beat(beat(other)).empty());
  EXPECT_EQ(table_.alive().size(), 1U);
  events = table_.on_beat(beat(other, Beat::Kind::bye));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, NodeEvent::Kind::left);
  EXPECT_TRUE(table_.is_gone(other));
  EXPECT_EQ(table_.take_gone(), std::vector<NodeId>{other});
}

TEST_F(NodeTableTest, IsLostWhenItsLeaseHasRunOut) {
  table_.on_beat(beat(other));
  live(lease_us / 2);
  table_.on_beat(beat(other));
  live(lease_us);
  EXPECT_TRUE(table_.tick().empty());
  live(3 * beat_us);
  const auto events = table_.tick();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, NodeEvent::Kind::lost);
  EXPECT_TRUE(table_.tick().empty());
}

TEST_F(NodeTableTest, NobodyIsLostWhileThisNodeHearsNothingItself) {
  table_.on_beat(beat(other));
  live(beat_us);
  now_ += 100 * lease_us;
  live(2 * beat_us);
  EXPECT_TRUE(table_.tick().empty());
  table_.on_down();
  now_ += 100 * lease_us;
  live(2 * beat_us);
  EXPECT_TRUE(table_.tick().empty());
}

TEST_F(NodeTableTest, WhoWasTakenForLostAndSpeaksIsBack) {
  table_.on_beat(beat(other));
  EXPECT_EQ(table_.on_told_lost(other).size(), 1U);
  EXPECT_TRUE(table_.is_gone(other));
  const auto events = table_.on_beat(beat(other));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].kind, NodeEvent::Kind::joined);
  EXPECT_FALSE(table_.is_gone(other));
}

TEST_F(NodeTableTest, AnotherStartOfANodeEndsTheOneBefore) {
  table_.on_beat(beat(other));
  const auto events = table_.on_beat(beat({other.tag, 3}));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, NodeEvent::Kind::lost);
  EXPECT_EQ(events[0].node, other);
  EXPECT_EQ(events[1].kind, NodeEvent::Kind::joined);
  EXPECT_TRUE(table_.is_gone({self.tag, 99}));
  EXPECT_FALSE(table_.is_gone(self));
}

TEST_F(NodeTableTest, WhoIsOnlyWrittenOfHasALeaseToo) {
  table_.mention(other);
  EXPECT_TRUE(table_.has_silent());
  EXPECT_FALSE(table_.is_gone(other));
  live(lease_us + 3 * beat_us);
  EXPECT_TRUE(table_.tick().empty());
  EXPECT_TRUE(table_.is_gone(other));
  EXPECT_EQ(table_.take_gone(), std::vector<NodeId>{other});
  EXPECT_FALSE(table_.has_silent());
}

TEST_F(NodeTableTest, WaitsForAllThatAreAliveToBeRestored) {
  EXPECT_TRUE(table_.all_restored(5, 0));
  table_.on_beat(beat(other, Beat::Kind::beat, 4));
  EXPECT_FALSE(table_.all_restored(5, 100));
  table_.on_beat(beat(other, Beat::Kind::beat, 5, 70));
  EXPECT_FALSE(table_.all_restored(5, 69));
  EXPECT_TRUE(table_.all_restored(5, 70));
  EXPECT_FALSE(table_.is_first());
  table_.on_beat(beat(other, Beat::Kind::bye));
  EXPECT_TRUE(table_.is_first());
}

}  // namespace
}  // namespace signaling::nats_adapter
