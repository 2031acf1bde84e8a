// Kept messages of a topic. For adapters with `history` (../contract_checks.cpp).

#include "adapter_node.hpp"

namespace signaling::testing {
namespace {

using plugin_api::Status;
using Items = std::vector<std::string>;

class HistoryContract : public ::testing::Test {
 protected:
  AdapterNode node_;
  const std::string topic_ = unique_name("topic");
};

TEST_F(HistoryContract, ReplaysWhatIsBehindAnOffset) {
  const auto first = node_.append(topic_, "1");
  ASSERT_EQ(first.status, Status::ok);
  EXPECT_TRUE(first.items.empty());
  const auto second = node_.append(topic_, "2");
  const auto third = node_.append(topic_, "3");
  EXPECT_LT(first.next_offset, second.next_offset);
  EXPECT_LT(second.next_offset, third.next_offset);

  const auto missed = node_.replay(topic_, first.next_offset);
  EXPECT_EQ(missed.status, Status::ok);
  EXPECT_EQ(missed.items, (Items{"2", "3"}));
  EXPECT_EQ(missed.next_offset, third.next_offset);
}

TEST_F(HistoryContract, ReplaysNothingToWhoMissedNothing) {
  const auto last = node_.append(topic_, "1");
  const auto nothing = node_.replay(topic_, last.next_offset);
  EXPECT_EQ(nothing.status, Status::ok);
  EXPECT_TRUE(nothing.items.empty());
  EXPECT_EQ(nothing.next_offset, last.next_offset);
}

TEST_F(HistoryContract, KnowsNoTopicThatNothingWasAppendedTo) { EXPECT_EQ(node_.replay(topic_, 0).status, Status::not_found); }

TEST_F(HistoryContract, KnowsNoOffsetOfTheFuture) {
  const auto last = node_.append(topic_, "1");
  EXPECT_EQ(node_.replay(topic_, last.next_offset + 1'000'000).status, Status::not_found);
}

TEST_F(HistoryContract, KeepsAnyBytes) {
  const auto first = node_.append(topic_, "");
  std::string every;
  for (int c = 0; c < 256; ++c) every.push_back(static_cast<char>(c));
  node_.append(topic_, every);
  node_.append(topic_, "");
  EXPECT_EQ(node_.replay(topic_, first.next_offset).items, (Items{every, ""}));
}

TEST_F(HistoryContract, SaysWhenAnOffsetIsGoneAndReplaysNothingInPart) {
  const std::size_t bound = plugin_check::PluginUnderTest::get().history_bound();
  ASSERT_GT(bound, 0U);
  const auto first = node_.append(topic_, "first");
  const auto second = node_.append(topic_, "second");
  for (std::size_t i = 0; i < 2 * bound; ++i) ASSERT_EQ(node_.append(topic_, "x").status, Status::ok);
  const auto gone = node_.replay(topic_, first.next_offset);
  EXPECT_EQ(gone.status, Status::not_found);
  EXPECT_TRUE(gone.items.empty());
  EXPECT_EQ(node_.replay(topic_, second.next_offset).status, Status::not_found);
}

TEST_F(HistoryContract, TopicsAreApart) {
  const std::string other = unique_name("topic");
  const auto first = node_.append(topic_, "1");
  node_.append(other, "2");
  EXPECT_TRUE(node_.replay(topic_, first.next_offset).items.empty());
}

}  // namespace
}  // namespace signaling::testing
