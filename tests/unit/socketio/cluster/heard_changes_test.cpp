#include "cluster/heard_changes.hpp"

#include <gtest/gtest.h>

namespace signaling::socketio::cluster {
namespace {

TEST(HeardChanges, ABroadcastAndTheAdapterTellAChangeOnce) {
  HeardChanges heard;
  EXPECT_TRUE(heard.on_broadcast("member", 7));
  EXPECT_FALSE(heard.on_told("member", 7));
  EXPECT_TRUE(heard.on_told("member", 8));
  EXPECT_FALSE(heard.on_broadcast("member", 8));
}

TEST(HeardChanges, SeveralBroadcastsMayNameOneChange) {
  HeardChanges heard;
  EXPECT_TRUE(heard.on_broadcast("member", 7));
  EXPECT_TRUE(heard.on_broadcast("member", 7));
}

TEST(HeardChanges, TheAdapterTellsAChangeOnce) {
  HeardChanges heard;
  EXPECT_TRUE(heard.on_told("member", 7));
  EXPECT_FALSE(heard.on_told("member", 7));
}

TEST(HeardChanges, MembersAreApart) {
  HeardChanges heard;
  EXPECT_TRUE(heard.on_broadcast("member", 7));
  EXPECT_TRUE(heard.on_told("other", 7));
}

TEST(HeardChanges, OldOnesAreForgotten) {
  HeardChanges heard;
  for (std::uint64_t mark = 1; mark <= 16'385; ++mark) heard.on_broadcast("member", mark);
  EXPECT_TRUE(heard.on_told("member", 1));
  EXPECT_FALSE(heard.on_told("member", 2));
}

}  // namespace
}  // namespace signaling::socketio::cluster
