#include "redis_adapter/slot_map.hpp"

#include <gtest/gtest.h>

#include "reply_of.hpp"

namespace signaling::redis_adapter {
namespace {

const ServerAddress asked{"10.0.0.9", 7000, ""};

TEST(ParseClusterSlots, ReadsMastersReplicasAndRanges) {
  const auto reply = reply_of(
      "*3\r\n"
      "*4\r\n:0\r\n:99\r\n*3\r\n$8\r\n10.0.0.1\r\n:7001\r\n$2\r\nm1\r\n*3\r\n$8\r\n10.0.0.2\r\n:7002\r\n$2\r\nr1\r\n"
      "*3\r\n:100\r\n:199\r\n*3\r\n$8\r\n10.0.0.3\r\n:7003\r\n$2\r\nm2\r\n"
      "*4\r\n:300\r\n:300\r\n*4\r\n$8\r\n10.0.0.1\r\n:7001\r\n$2\r\nm1\r\n*0\r\n*3\r\n$8\r\n10.0.0.2\r\n:7002\r\n$2\r\nr1\r\n");
  const auto map = parse_cluster_slots(*reply, asked);
  ASSERT_TRUE(map.has_value());
  ASSERT_EQ(map->masters.size(), 2u);
  EXPECT_EQ(map->owner(0)->address, (ServerAddress{"10.0.0.1", 7001, ""}));
  EXPECT_EQ(map->owner(99)->id, "m1");
  EXPECT_EQ(map->owner(100)->id, "m2");
  EXPECT_EQ(map->owner(200), nullptr);
  EXPECT_EQ(map->owner(300)->id, "m1");
  EXPECT_EQ(map->owner(0)->replica_ids, (std::vector<std::string>{"r1"}));
}

TEST(ParseClusterSlots, FillsInTheHostThatIsLeftOut) {
  for (const std::string host : {"$0\r\n\r\n", "$-1\r\n", "$1\r\n?\r\n"}) {
    const auto reply = reply_of("*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n" + host + ":7001\r\n$2\r\nm1\r\n");
    const auto map = parse_cluster_slots(*reply, asked);
    ASSERT_TRUE(map.has_value());
    EXPECT_EQ(map->owner(16'383)->address, (ServerAddress{"10.0.0.9", 7001, ""}));
  }
}

TEST(ParseClusterSlots, TakesAClusterWithoutSlots) {
  const auto map = parse_cluster_slots(*reply_of("*0\r\n"), asked);
  ASSERT_TRUE(map.has_value());
  EXPECT_TRUE(map->masters.empty());
}

TEST(ParseClusterSlots, RefusesOtherShapes) {
  for (const std::string bytes : {"+OK\r\n", ":1\r\n", "*1\r\n:1\r\n", "*1\r\n*2\r\n:0\r\n:1\r\n",
                                  "*1\r\n*3\r\n:0\r\n:16384\r\n*3\r\n$1\r\na\r\n:1\r\n$1\r\nm\r\n",
                                  "*1\r\n*3\r\n:5\r\n:4\r\n*3\r\n$1\r\na\r\n:1\r\n$1\r\nm\r\n",
                                  "*1\r\n*3\r\n:-1\r\n:4\r\n*3\r\n$1\r\na\r\n:1\r\n$1\r\nm\r\n",
                                  "*1\r\n*3\r\n:0\r\n:4\r\n*3\r\n$1\r\na\r\n:70000\r\n$1\r\nm\r\n",
                                  "*1\r\n*3\r\n:0\r\n:4\r\n*2\r\n$1\r\na\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:4\r\n:1\r\n"})
    EXPECT_FALSE(parse_cluster_slots(*reply_of(bytes), asked).has_value()) << bytes;
}

}  // namespace
}  // namespace signaling::redis_adapter
