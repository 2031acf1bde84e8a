// Who is alone in a topic, and when a subscription is acknowledged.

#include <redis_adapter/topics.hpp>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/plugin_api/callbacks.hpp>

#include "context_fixture.hpp"

namespace signaling::redis_adapter {
namespace {

using plugin_api::Status;

class TopicsTest : public ContextFixture {
 protected:
  void subscribe(const std::string& topic = "t") {
    topics_.subscribe(topic, &plugin_api::make_subscribe_handler([this](Status status) { told_.push_back(status); }));
  }
  /// Subscribed, and `receivers` were given the hello.
  void greet(long long receivers) {
    subscribe();
    FakeBackend::answer(backend_.subscribed.back(), 0);
    ASSERT_EQ(kind_of(backend_.published.back()), EnvelopeKind::hello);
    FakeBackend::answer(backend_.published.back(), receivers);
  }
  void publish(const std::string& body) {
    topics_.publish("t", body);
    outbox_.flush();
  }
  static EnvelopeKind kind_of(const FakeBackend::Sent& sent) {
    Envelope envelope;
    EXPECT_EQ(decode_envelope(sent.payload, envelope), EnvelopeFault::none);
    return envelope.kind;
  }
  static std::string first_item(const FakeBackend::Sent& sent) {
    Envelope envelope;
    EXPECT_EQ(decode_envelope(sent.payload, envelope), EnvelopeFault::none);
    return std::string(envelope.items.front());
  }

  std::vector<Status> told_;
  const std::vector<Partition> all_ = {0};
  Topics topics_{context_, outbox_};
};

TEST_F(TopicsTest, WhoIsAloneIsAcknowledgedAtOnceAndPublishesNothing) {
  greet(1);
  EXPECT_EQ(told_, std::vector{Status::ok});
  const std::size_t sent = backend_.published.size();
  publish("x");
  EXPECT_EQ(backend_.published.size(), sent);
}

TEST_F(TopicsTest, IsAcknowledgedWhenAllWhoReadTheHelloHaveSaidSo) {
  greet(3);
  const std::string welcome = first_item(backend_.published.front()) + "t";
  EXPECT_TRUE(told_.empty());
  topics_.on_welcome(welcome);
  EXPECT_TRUE(told_.empty());
  topics_.on_welcome(welcome);
  EXPECT_EQ(told_, std::vector{Status::ok});
  EXPECT_FALSE(topics_.is_alone("t"));
}

TEST_F(TopicsTest, WelcomesMayComeBeforeTheNumberOfThoseWhoOweThem) {
  subscribe();
  FakeBackend::answer(backend_.subscribed.back(), 0);
  topics_.on_welcome(first_item(backend_.published.back()) + "t");
  EXPECT_TRUE(told_.empty());
  FakeBackend::answer(backend_.published.back(), 2);
  EXPECT_EQ(told_, std::vector{Status::ok});
}

TEST_F(TopicsTest, WaitsForNoWelcomeForEver) {
  greet(2);
  clock_.advance(499);
  topics_.tick();
  EXPECT_TRUE(told_.empty());
  clock_.advance(2);
  topics_.tick();
  EXPECT_EQ(told_, std::vector{Status::ok});
}

TEST_F(TopicsTest, WelcomesOfAnEarlierHelloCountNothing) {
  greet(2);
  topics_.on_welcome(encode_number(999) + "t");
  EXPECT_TRUE(told_.empty());
}

TEST_F(TopicsTest, HelloOfAnotherMakesItSharedAndIsWelcomed) {
  greet(1);
  topics_.on_hello("t", "BBBB", encode_number(5));
  outbox_.flush();
  EXPECT_EQ(kind_of(backend_.published.back()), EnvelopeKind::welcome);
  EXPECT_EQ(backend_.published.back().what, "s:{p0}:n:BBBB");
  EXPECT_EQ(first_item(backend_.published.back()), encode_number(5) + "t");
  publish("x");
  EXPECT_EQ(kind_of(backend_.published.back()), EnvelopeKind::bodies);
}

TEST_F(TopicsTest, IsAloneAgainWhenNobodyElseWasGivenAMessage) {
  greet(1);
  topics_.on_hello("t", "BBBB", encode_number(5));
  publish("x");
  FakeBackend::answer(backend_.published.back(), 1);
  EXPECT_TRUE(topics_.is_alone("t"));
}

TEST_F(TopicsTest, StaysSharedWhereAHelloWasReadAfterTheMessageWasSent) {
  greet(1);
  topics_.on_hello("t", "BBBB", encode_number(5));
  publish("x");
  topics_.on_hello("t", "CCCC", encode_number(6));
  FakeBackend::answer(backend_.published.back(), 1);
  EXPECT_FALSE(topics_.is_alone("t"));
}

TEST_F(TopicsTest, StaysSharedWhereAHelloCrossedItsOwn) {
  subscribe();
  FakeBackend::answer(backend_.subscribed.back(), 0);
  auto& hello = backend_.published.front();
  topics_.on_hello("t", "BBBB", encode_number(5));
  FakeBackend::answer(hello, 1);
  EXPECT_FALSE(topics_.is_alone("t"));
}

TEST_F(TopicsTest, LeaveFollowedByAJoinCostsNothing) {
  greet(1);
  topics_.unsubscribe("t");
  EXPECT_FALSE(topics_.is_wanted("t"));
  clock_.advance(200);
  topics_.tick();
  subscribe();
  clock_.advance(200);
  topics_.tick();
  EXPECT_EQ(told_, (std::vector{Status::ok, Status::ok}));
  EXPECT_TRUE(backend_.unsubscribed.empty());
  EXPECT_EQ(backend_.subscribed.size(), 1u);
}

TEST_F(TopicsTest, LingeringEnds) {
  greet(1);
  topics_.unsubscribe("t");
  clock_.advance(251);
  topics_.tick();
  EXPECT_EQ(backend_.unsubscribed, std::vector<std::string>{"s:{p0}:t:t"});
  EXPECT_EQ(topics_.size(), 0u);
}

TEST_F(TopicsTest, CutMakesEverythingSharedUntilHellosSayOtherwise) {
  greet(1);
  topics_.on_down(all_);
  EXPECT_FALSE(topics_.is_alone("t"));
  topics_.on_up(all_);
  EXPECT_EQ(kind_of(backend_.published.back()), EnvelopeKind::hello);
  FakeBackend::answer(backend_.published.back(), 1);
  EXPECT_TRUE(topics_.is_alone("t"));
}

TEST_F(TopicsTest, CatchesUpUntilTheOthersKnowThatItListensAgain) {
  greet(1);
  EXPECT_FALSE(topics_.is_catching_up(0));
  topics_.on_down(all_);
  topics_.on_up(all_);
  EXPECT_TRUE(topics_.is_catching_up(0));
  FakeBackend::answer(backend_.published.back(), 2);
  EXPECT_TRUE(topics_.is_catching_up(0));
  topics_.on_welcome(first_item(backend_.published.back()) + "t");
  EXPECT_FALSE(topics_.is_catching_up(0));
  topics_.on_down(all_);
  topics_.on_up(all_);
  EXPECT_TRUE(topics_.is_catching_up(0));
  topics_.on_down(all_);
  EXPECT_FALSE(topics_.is_catching_up(0));
}

TEST_F(TopicsTest, SubscribingWhileAwayIsUnavailableAndTakesPlaceLater) {
  backend_.up = false;
  subscribe();
  EXPECT_EQ(told_, std::vector{Status::unavailable});
  backend_.up = true;
  topics_.on_up(all_);
  FakeBackend::answer(backend_.published.back(), 1);
  subscribe();
  EXPECT_EQ(told_, (std::vector{Status::unavailable, Status::ok}));
}

TEST_F(TopicsTest, EveryHandlerIsToldAtTheEnd) {
  subscribe();
  subscribe("u");
  topics_.finish(Status::closed);
  EXPECT_EQ(told_, (std::vector{Status::closed, Status::closed}));
}

TEST_F(TopicsTest, MessagesOfOneTurnGoOutTogetherInTheirOrder) {
  greet(2);
  topics_.publish("t", "1");
  topics_.publish("t", "2");
  outbox_.flush();
  Envelope envelope;
  ASSERT_EQ(decode_envelope(backend_.published.back().payload, envelope), EnvelopeFault::none);
  EXPECT_EQ(envelope.items, (std::vector<std::string_view>{"1", "2"}));
}

TEST_F(TopicsTest, CountsWhatIsMissingBetweenTwoMessagesOfASender) {
  greet(2);
  for (const std::uint64_t sequence : {3u, 4u, 6u, 1u, 2u}) topics_.on_sequence("t", "BBBB", sequence);
  topics_.on_sequence("t", "CCCC", 9);
  EXPECT_EQ(host_.metric_value("sequence_gaps_total"), 1);
}

TEST_F(TopicsTest, ANodeThatIsGoneLeavesNoSequenceBehind) {
  greet(2);
  topics_.on_sequence("t", "BBBB", 3);
  topics_.on_sequence("t", "CCCC", 3);
  topics_.on_node_gone("BBBB");
  topics_.on_sequence("t", "BBBB", 9);
  EXPECT_EQ(host_.metric_value("sequence_gaps_total"), 0);
  topics_.on_sequence("t", "CCCC", 9);
  EXPECT_EQ(host_.metric_value("sequence_gaps_total"), 1);
}

}  // namespace
}  // namespace signaling::redis_adapter
