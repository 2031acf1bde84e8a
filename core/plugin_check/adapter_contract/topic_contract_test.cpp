// Subscribing, publishing, and the nodes of the cluster.

#include <algorithm>

#include "adapter_node.hpp"

namespace signaling::testing {
namespace {

using plugin_api::Destination;
using plugin_api::Status;

/// Long enough for a message to come back that should not.
constexpr auto silence = 200ms;

class TopicContract : public ::testing::Test {
 protected:
  AdapterNode node_;
  const std::string topic_ = unique_name("topic");
};

TEST_F(TopicContract, SubscribesAsOftenAsAsked) {
  EXPECT_EQ(node_.subscribe(topic_), Status::ok);
  EXPECT_EQ(node_.subscribe(topic_), Status::ok);
  node_.adapter().unsubscribe(topic_);
  EXPECT_EQ(node_.subscribe(topic_), Status::ok);
}

TEST_F(TopicContract, UnsubscribingWhatWasNotSubscribedDoesNothing) {
  node_.adapter().unsubscribe(topic_);
  EXPECT_EQ(node_.subscribe(topic_), Status::ok);
}

TEST_F(TopicContract, NeverGivesANodeItsOwnMessages) {
  EXPECT_EQ(node_.subscribe(topic_), Status::ok);
  EXPECT_EQ(node_.publish_to_topic(topic_, "to the topic"), Status::ok);
  EXPECT_EQ(node_.publish({Destination::Kind::all, {}}, "to all"), Status::ok);
  EXPECT_EQ(node_.publish({Destination::Kind::node, node_.tag()}, "to itself"), Status::ok);
  EXPECT_FALSE(node_.events().wait_until([](const EventRecord& record) { return !record.messages.empty(); }, silence));
}

TEST_F(TopicContract, TakesEmptyAndLargeMessagesOfAnyBytes) {
  EXPECT_EQ(node_.publish_to_topic(topic_, ""), Status::ok);
  EXPECT_EQ(node_.publish_to_topic(topic_, std::string(1'000'000, '\0')), Status::ok);
}

TEST_F(TopicContract, KnowsItselfAmongTheNodes) { EXPECT_EQ(node_.nodes(), std::vector<std::string>{node_.tag()}); }

/// Two nodes that know each other. For adapters with `cluster` (../contract_checks.cpp).
class ClusterContract : public ::testing::Test {
 protected:
  void SetUp() override {
    a_ = std::make_unique<AdapterNode>("AAAA", "a");
    b_ = std::make_unique<AdapterNode>("BBBB", "b");
    ASSERT_TRUE(knows(*a_, "BBBB"));
    ASSERT_TRUE(knows(*b_, "AAAA"));
  }
  static bool knows(const AdapterNode& node, const std::string& tag) {
    return node.events().wait_until([&](const EventRecord& record) {
      return std::find(record.joined.begin(), record.joined.end(), tag) != record.joined.end();
    });
  }
  static bool got(const AdapterNode& node, std::size_t count) {
    return node.events().wait_until([&](const EventRecord& record) { return record.messages.size() >= count; });
  }

  std::unique_ptr<AdapterNode> a_;
  std::unique_ptr<AdapterNode> b_;
  const std::string topic_ = unique_name("topic");
  const std::string room_ = unique_name("room");
};

TEST_F(ClusterContract, TopicReachesThoseWhoSubscribedAndKeepsItsOrder) {
  ASSERT_EQ(b_->subscribe(topic_), Status::ok);
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(a_->publish_to_topic(topic_, std::to_string(i)), Status::ok);
  ASSERT_TRUE(got(*b_, 1'000));
  const auto messages = b_->events().record().messages;
  for (std::size_t i = 0; i < 1'000; ++i) {
    EXPECT_EQ(messages[i], (RecordedMessage{"AAAA", Destination::Kind::topic, topic_, std::to_string(i)}));
  }
}

TEST_F(ClusterContract, TopicDoesNotReachThoseWhoDidNotSubscribe) {
  ASSERT_EQ(a_->publish_to_topic(topic_, "nobody listens"), Status::ok);
  ASSERT_EQ(a_->publish({Destination::Kind::node, "BBBB"}, "marker"), Status::ok);
  ASSERT_TRUE(got(*b_, 1));
  EXPECT_FALSE(b_->events().wait_until([](const EventRecord& record) { return record.messages.size() > 1; }, silence));
  EXPECT_EQ(b_->events().record().messages.front().body, "marker");
}

TEST_F(ClusterContract, UnsubscribingEndsATopic) {
  ASSERT_EQ(b_->subscribe(topic_), Status::ok);
  ASSERT_EQ(a_->publish_to_topic(topic_, "first"), Status::ok);
  ASSERT_TRUE(got(*b_, 1));
  b_->adapter().unsubscribe(topic_);
  // What was under way may still come, so publish until it no longer does.
  bool is_silent = false;
  for (int i = 0; i < 50 && !is_silent; ++i) {
    const std::size_t before = b_->events().record().messages.size();
    ASSERT_EQ(a_->publish_to_topic(topic_, "late"), Status::ok);
    is_silent = !b_->events().wait_until([&](const EventRecord& record) { return record.messages.size() > before; }, silence);
  }
  EXPECT_TRUE(is_silent);
}

TEST_F(ClusterContract, NodeAndAllReachWhomTheyName) {
  ASSERT_EQ(a_->publish({Destination::Kind::node, "BBBB"}, "direct"), Status::ok);
  ASSERT_TRUE(got(*b_, 1));
  ASSERT_EQ(a_->publish({Destination::Kind::all, {}}, "everybody"), Status::ok);
  ASSERT_TRUE(got(*b_, 2));
  const auto messages = b_->events().record().messages;
  EXPECT_EQ(messages[0].body, "direct");
  EXPECT_EQ(messages[0].kind, Destination::Kind::node);
  EXPECT_EQ(messages[1].body, "everybody");
  EXPECT_EQ(messages[1].kind, Destination::Kind::all);
  EXPECT_TRUE(a_->events().record().messages.empty());
}

TEST_F(ClusterContract, MembersOfOneNodeAreSeenOnTheOther) {
  const auto a = a_->put(room_, "a", "1");
  const auto b = b_->put(room_, "b", "2", 2);
  ASSERT_EQ(b.members(), std::vector<std::string>{"a"});
  EXPECT_EQ(b.others[0].mark, a.mark);
  EXPECT_GT(b.mark, a.mark);
  EXPECT_EQ(a_->put(room_, "c", "3", 2).status, Status::full);
  EXPECT_EQ(a_->remove(room_, "a").status, Status::ok);
  EXPECT_EQ(b_->list(room_).members(), std::vector<std::string>{"b"});
}

TEST_F(ClusterContract, MarksGrowOverTheNodes) {
  std::uint64_t last = 0;
  for (int i = 0; i < 20; ++i) {
    AdapterNode& node = i % 2 == 0 ? *a_ : *b_;
    const auto put = node.put(room_, std::to_string(i), "");
    EXPECT_GT(put.mark, last);
    EXPECT_EQ(put.others.size(), 0U);
    const auto removed = node.remove(room_, std::to_string(i));
    EXPECT_GT(removed.mark, put.mark);
    last = removed.mark;
  }
}

TEST_F(ClusterContract, MessageToldAfterAPutFindsTheMemberThere) {
  ASSERT_EQ(b_->subscribe(topic_), Status::ok);
  for (std::size_t i = 1; i <= 20; ++i) {
    ASSERT_EQ(a_->put(room_, std::to_string(i), "").status, Status::ok);
    ASSERT_EQ(a_->publish_to_topic(topic_, "joined"), Status::ok);
    ASSERT_TRUE(got(*b_, i));
    EXPECT_EQ(b_->list(room_).others.size(), i);
  }
}

TEST_F(ClusterContract, NothingIsMissedFromTheAcknowledgementOfASubscriptionOn) {
  // The publisher is subscribed, and alone, until the other comes.
  for (int round = 0; round < 20; ++round) {
    const std::string topic = unique_name("topic");
    ASSERT_EQ(a_->subscribe(topic), Status::ok);
    ASSERT_EQ(a_->publish_to_topic(topic, "to nobody"), Status::ok);
    const std::size_t before = b_->events().record().messages.size();
    ASSERT_EQ(b_->subscribe(topic), Status::ok);
    ASSERT_EQ(a_->publish_to_topic(topic, "after"), Status::ok);
    ASSERT_TRUE(b_->events().wait_until(
        [&](const EventRecord& record) { return record.messages.size() > before && record.messages.back().body == "after"; }));
  }
}

TEST_F(ClusterContract, NodeThatStopsIsSaidToHaveLeft) {
  b_->stop();
  EXPECT_TRUE(a_->events().wait_until([](const EventRecord& record) { return record.left.size() == 1; }));
  EXPECT_TRUE(a_->events().record().lost.empty());
  EXPECT_EQ(a_->nodes(), std::vector<std::string>{"AAAA"});
}

}  // namespace
}  // namespace signaling::testing
