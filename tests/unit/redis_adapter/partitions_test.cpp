#include "redis_adapter/partitions.hpp"

#include <set>

#include <gtest/gtest.h>

namespace signaling::redis_adapter {
namespace {

TEST(Crc16, IsTheSumOfTheClusterSpecification) {
  EXPECT_EQ(crc16("123456789"), 0x31C3);
  EXPECT_EQ(crc16(""), 0);
}

TEST(SlotOf, HashesTheTagAlone) {
  // Values of CLUSTER KEYSLOT.
  EXPECT_EQ(slot_of("foo"), 12'182u);
  EXPECT_EQ(slot_of("bar"), 5'061u);
  EXPECT_EQ(slot_of("{foo}.a"), slot_of("foo"));
  EXPECT_EQ(slot_of("a{foo}b{bar}"), slot_of("foo"));
  EXPECT_EQ(slot_of("{}foo"), crc16("{}foo") % cluster_slots);
  EXPECT_EQ(slot_of("{foo"), crc16("{foo") % cluster_slots);
}

TEST(Partitions, OfASingleServerAreOne) {
  const Partitions partitions(1);
  EXPECT_EQ(partitions.count(), 1u);
  EXPECT_EQ(partitions.tag(0), "{p0}");
  EXPECT_EQ(partitions.of("anything"), 0u);
}

TEST(Partitions, LieInSlotsSpreadEvenly) {
  const Partitions partitions(cluster_partitions);
  std::set<std::string_view> tags;
  for (std::uint32_t p = 0; p < cluster_partitions; ++p) {
    EXPECT_EQ(partitions.slot(p) / 64, p);
    const std::string key = "signaling:" + std::string(partitions.tag(p)) + ":r:room {odd} name";
    EXPECT_EQ(slot_of(key), partitions.slot(p));
    EXPECT_EQ(partitions.at_slot(partitions.slot(p)), p);
    tags.insert(partitions.tag(p));
  }
  EXPECT_EQ(tags.size(), cluster_partitions);
}

// Nodes of different releases have to agree: a change here breaks rolling updates.
TEST(Partitions, StayWhatTheyAre) {
  const Partitions partitions(cluster_partitions);
  std::uint64_t all = 0;
  for (std::uint32_t p = 0; p < cluster_partitions; ++p) {
    all = all * 31 + partitions.slot(p);
    all = all * 31 + partitions.of("room-" + std::to_string(p));
  }
  EXPECT_EQ(all, 16'447'144'873'749'758'550u);
}

TEST(Partitions, SpreadNamesEvenly) {
  const Partitions partitions(cluster_partitions);
  std::vector<int> counts(cluster_partitions);
  for (int i = 0; i < 25'600; ++i) ++counts[partitions.of("/chat#room-" + std::to_string(i))];
  for (const int count : counts) {
    EXPECT_GT(count, 50);
    EXPECT_LT(count, 170);
  }
}

}  // namespace
}  // namespace signaling::redis_adapter
