// Who came, left and died between two looks at the registry.

#include <redis_adapter/node_table.hpp>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signaling::redis_adapter {
namespace {

constexpr std::int64_t lease_us = 10'000'000;

NodeRow row(const std::string& tag, bool is_alive = true, const std::string& died = "0", const std::string& incarnation = "1") {
  return {tag, is_alive, incarnation, died, {"node " + tag, "1.0.0", "words"}};
}

class NodeTableTest : public ::testing::Test {
 protected:
  /// Events as `+` joined, `-` left, `!` lost, then the dead after a bar.
  std::string look(const std::vector<NodeRow>& rows) {
    const auto changes = table_.update(rows, epoch_, epoch_since_, lease_us, now_);
    std::string text;
    for (const auto& event : changes.events) {
      text += event.kind == NodeEvent::Kind::joined ? "+" : event.kind == NodeEvent::Kind::left ? "-" : "!";
      text += event.tag;
    }
    for (const auto& dead : changes.dead) text += "|" + dead.tag + dead.died;
    return text;
  }
  NodeTable table_{"SELF"};
  std::uint64_t epoch_ = 1;
  std::int64_t epoch_since_ = 0;
  std::int64_t now_ = 1'000'000'000;
};

TEST_F(NodeTableTest, TellsWhoCameAndWhoLeft) {
  EXPECT_EQ(look({row("SELF"), row("B")}), "+B");
  EXPECT_EQ(look({row("SELF"), row("B")}), "");
  EXPECT_EQ(table_.alive_count(), 1u);
  EXPECT_EQ(look({row("SELF")}), "-B");
  EXPECT_EQ(table_.standing("B"), NodeTable::Standing::unknown);
}

TEST_F(NodeTableTest, TellsALossOnceAndWhatHasToBeTaken) {
  look({row("B")});
  EXPECT_EQ(look({row("B", false, "5")}), "!B|B5");
  EXPECT_EQ(look({row("B", false, "5")}), "");
  EXPECT_EQ(table_.standing("B"), NodeTable::Standing::dead);
  EXPECT_EQ(look({row("B", true, "5")}), "+B");
}

TEST_F(NodeTableTest, SeesADeathBetweenTwoLooks) {
  look({row("B")});
  EXPECT_EQ(look({row("B", true, "5")}), "!B+B");
}

TEST_F(NodeTableTest, TakesTheEntriesOfThoseItFoundDead) { EXPECT_EQ(look({row("B", false, "5")}), "|B5"); }

TEST_F(NodeTableTest, TellsAnotherProcessUnderTheSameTag) {
  look({row("B")});
  EXPECT_EQ(look({row("B", true, "0", "2")}), "-B+B");
}

TEST_F(NodeTableTest, GivesALeaseToThoseMissingInALostRegistry) {
  look({row("B"), row("C")});
  ++epoch_;
  epoch_since_ = now_;
  EXPECT_EQ(look({row("SELF")}), "");
  now_ += 1'000'000;
  EXPECT_EQ(look({row("SELF"), row("B")}), "");
  now_ += lease_us;
  EXPECT_EQ(look({row("SELF"), row("B")}), "!C|C");
}

TEST_F(NodeTableTest, DescriptionsSurviveTheirEncoding) {
  const auto node = decode_description(encode_description({"name", "1.2.3", "a b"}));
  EXPECT_EQ(node.name, "name");
  EXPECT_EQ(node.version, "1.2.3");
  EXPECT_EQ(node.capabilities, "a b");
  EXPECT_EQ(decode_description("").name, "");
}

}  // namespace
}  // namespace signaling::redis_adapter
