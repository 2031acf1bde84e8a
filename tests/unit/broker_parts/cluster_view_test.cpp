#include <broker_parts/cluster_view.hpp>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace signaling::broker_parts {
namespace {

TEST(ClusterView, BeginsAsNotReached) {
  const ClusterView view("Broker");
  EXPECT_EQ(view.health(), "Broker has not been reached yet");
  EXPECT_TRUE(view.nodes()->empty());
}

TEST(ClusterView, SaysWhetherItsHealthHasChanged) {
  ClusterView view("Broker");
  EXPECT_FALSE(view.set_health("Broker has not been reached yet"));
  EXPECT_TRUE(view.set_health(""));
  EXPECT_FALSE(view.set_health(""));
  EXPECT_EQ(view.health(), "");
  EXPECT_TRUE(view.set_health("away"));
  EXPECT_EQ(view.health(), "away");
}

TEST(ClusterView, KeepsEveryReasonThatWasSeen) {
  ClusterView view("Broker");
  view.set_health(std::string("a reason of which the text is gone at once"));
  const std::string_view seen = view.health();
  view.set_health("another");
  EXPECT_EQ(seen, "a reason of which the text is gone at once");
  view.set_health(std::string("a reason of which the text is gone at once"));
  EXPECT_EQ(view.health().data(), seen.data()) << "kept once";
}

TEST(ClusterView, TellsReasonsWithoutEndAsOne) {
  ClusterView view("Broker");
  // One of the 256 is that of the beginning.
  for (int i = 1; i < 256; ++i) view.set_health("reason " + std::to_string(i));
  EXPECT_EQ(view.health(), "reason 255");
  EXPECT_TRUE(view.set_health("one too many"));
  EXPECT_EQ(view.health(), "Broker is not available");
  EXPECT_TRUE(view.set_health("reason 7"));
  EXPECT_EQ(view.health(), "reason 7");
}

TEST(ClusterView, LeavesWhoLooksTheNodesThatHeSaw) {
  ClusterView view("Broker");
  view.set_nodes({{"BBBB", {"b", "1", "cluster"}}});
  const auto seen = view.nodes();
  view.set_nodes({});
  ASSERT_EQ(seen->size(), 1U);
  EXPECT_EQ(seen->front().second, (NodeDescription{"b", "1", "cluster"}));
  EXPECT_TRUE(view.nodes()->empty());
}

}  // namespace
}  // namespace signaling::broker_parts
