#include <algorithm>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/server/drain.hpp>

namespace signaling::server {
namespace {

using base::Milliseconds;
using ::testing::Each;
using ::testing::ElementsAre;

/// A node whose loops do at once what a step says, and clients that go at once when they are moved.
class DrainTest : public ::testing::Test {
 protected:
  void begin(std::size_t websockets, std::size_t polling = 0, std::uint64_t seed = 1) {
    clients_ = websockets + polling;
    polling_ = polling;
    drain_.emplace(options_, now_, seed);
  }

  DrainStep step() {
    DrainSight sight;
    sight.round = is_answering_ ? round_ : 0;
    sight.clients = clients_;
    sight.unmoved = clients_ - std::min(clients_, staying_);
    sight.polling = polling_ + (polling_ == 0 ? staying_polling_ : 0);
    sight.connections = clients_ + idle_connections_;
    const DrainStep step = drain_->step(now_, sight);
    round_ = step.round;
    const std::size_t moved = step.moves_all ? clients_ : std::min(step.move, clients_ - std::min(clients_, staying_));
    if (moved != 0) moves_.push_back({now_ - start_, moved});
    clients_ -= moved;
    polling_ -= std::min(polling_, moved);
    return step;
  }

  /// Steps as the runtime does, until `phase` is reached.
  DrainStep run_until(DrainPhase phase) {
    for (int i = 0; i < 100'000; ++i) {
      const DrainStep now = step();
      if (now.closes_listener && !listener_closed_at_) listener_closed_at_ = now_ - start_;
      if (now.phase >= phase) return now;
      now_ += std::max(now.wait, Milliseconds(1));
    }
    ADD_FAILURE() << "never " << to_string(phase);
    return {};
  }

  struct Move {
    base::Duration at;
    std::size_t count;
  };
  Milliseconds elapsed() const { return std::chrono::duration_cast<Milliseconds>(now_ - start_); }

  DrainOptions options_;
  const base::TimePoint start_{std::chrono::hours(1)};
  base::TimePoint now_ = start_;
  std::optional<Drain> drain_;
  std::size_t clients_ = 0;
  std::size_t polling_ = 0;
  std::size_t staying_ = 0;          ///< clients that are told and do not go
  std::size_t staying_polling_ = 0;  ///< of them on polling
  std::size_t idle_connections_ = 0;
  bool is_answering_ = true;
  std::uint64_t round_ = 0;
  std::vector<Move> moves_;
  std::optional<base::Duration> listener_closed_at_;
};

TEST_F(DrainTest, ServesAsEverUntilTheBalancerHasNoticed) {
  options_.readiness_wait = Milliseconds(3'000);
  begin(5);
  const DrainStep first = step();
  EXPECT_EQ(first.phase, DrainPhase::announced);
  EXPECT_FALSE(first.refuses_handshakes);
  EXPECT_FALSE(first.closes_listener);
  EXPECT_EQ(first.move, 0u);
  EXPECT_EQ(first.wait, Milliseconds(1'000)) << "what is left is told of meanwhile";
  now_ += Milliseconds(2'999);
  const DrainStep last = step();
  EXPECT_EQ(last.phase, DrainPhase::announced);
  EXPECT_EQ(last.wait, Milliseconds(1));
  now_ += Milliseconds(1);
  const DrainStep next = step();
  EXPECT_EQ(next.phase, DrainPhase::moving);
  EXPECT_TRUE(next.refuses_handshakes);
}

TEST_F(DrainTest, MovesFewClientsAtOnce) {
  begin(Drain::least_batch);
  run_until(DrainPhase::stopping);
  ASSERT_EQ(moves_.size(), 1u);
  EXPECT_EQ(moves_[0].count, Drain::least_batch);
  EXPECT_LT(elapsed(), Milliseconds(100));
}

TEST_F(DrainTest, EndsSoonWhereThereIsNobody) {
  begin(0);
  EXPECT_EQ(run_until(DrainPhase::stopping).phase, DrainPhase::stopping);
  EXPECT_LT(elapsed(), Milliseconds(100));
}

TEST_F(DrainTest, SpreadsManyClientsOverTheTime) {
  options_.duration = Milliseconds(2'000);
  begin(300);
  run_until(DrainPhase::stopping);
  EXPECT_EQ(moves_.size(), 20u);
  std::vector<std::size_t> sizes;
  std::set<Milliseconds::rep> offsets;
  for (std::size_t i = 0; i < moves_.size(); ++i) {
    sizes.push_back(moves_[i].count);
    const auto at = std::chrono::duration_cast<Milliseconds>(moves_[i].at);
    // Within its own interval, but for the moment that the first step takes.
    EXPECT_EQ((at - Milliseconds(11)).count() / 100, static_cast<Milliseconds::rep>(i)) << at.count();
    offsets.insert(at.count() % 100);
  }
  EXPECT_THAT(sizes, Each(15u));
  EXPECT_GT(offsets.size(), 10u) << "batches come at random moments of their intervals";
}

TEST_F(DrainTest, MakesNoBatchSmallerThanTheLeast) {
  begin(25);
  run_until(DrainPhase::stopping);
  std::vector<std::size_t> sizes;
  for (const Move& move : moves_) sizes.push_back(move.count);
  EXPECT_THAT(sizes, ElementsAre(10u, 10u, 5u));
}

TEST_F(DrainTest, WithoutTimeEverybodyGoesAtOnce) {
  options_.duration = Milliseconds(0);
  begin(1'000'000);
  run_until(DrainPhase::stopping);
  ASSERT_EQ(moves_.size(), 1u);
  EXPECT_EQ(moves_[0].count, 1'000'000u);
}

TEST_F(DrainTest, ClosesTheListenerOnceNobodyPolls) {
  options_.duration = Milliseconds(2'000);
  begin(100, 100);
  run_until(DrainPhase::stopping);
  ASSERT_TRUE(listener_closed_at_);
  // Those on polling leave first, which takes half the time.
  EXPECT_GT(*listener_closed_at_, Milliseconds(900));
  EXPECT_LT(*listener_closed_at_, Milliseconds(1'150));
}

TEST_F(DrainTest, ClosesTheListenerAtOnceWhereNobodyPolls) {
  options_.duration = Milliseconds(2'000);
  begin(100);
  run_until(DrainPhase::stopping);
  ASSERT_TRUE(listener_closed_at_);
  EXPECT_LE(*listener_closed_at_, Milliseconds(100));
}

TEST_F(DrainTest, MovesWhomItsBatchesMissed) {
  options_.duration = Milliseconds(1'000);
  begin(100);
  run_until(DrainPhase::moving);
  clients_ += 3;  // a loop had fewer than its share
  run_until(DrainPhase::stopping);
  EXPECT_EQ(clients_, 0u);
  EXPECT_LT(elapsed(), Milliseconds(1'200));
}

TEST_F(DrainTest, GoesOnWhenThoseWhoWereToldDoNotGo) {
  options_.duration = Milliseconds(1'000);
  options_.flush_timeout = Milliseconds(700);
  begin(0, 2);
  staying_ = 2;
  staying_polling_ = 2;
  run_until(DrainPhase::flushing);
  EXPECT_EQ(elapsed(), options_.duration + Drain::last_words + Milliseconds(10));
  EXPECT_TRUE(listener_closed_at_);
}

TEST_F(DrainTest, WaitsForConnectionsNoLongerThanAllowed) {
  options_.flush_timeout = Milliseconds(700);
  begin(1);
  idle_connections_ = 1;
  run_until(DrainPhase::flushing);
  const Milliseconds before = elapsed();
  EXPECT_FALSE(run_until(DrainPhase::stopping).is_cut_short);
  EXPECT_EQ(elapsed() - before, Milliseconds(700));
}

TEST_F(DrainTest, WaitsForTheLoopsBeforeItSharesOut) {
  begin(30);
  is_answering_ = false;
  for (int i = 0; i < 50; ++i, now_ += Milliseconds(10)) EXPECT_EQ(step().phase, DrainPhase::announced);
  is_answering_ = true;
  EXPECT_EQ(step().phase, DrainPhase::moving);
}

TEST_F(DrainTest, LeavesWithoutTheCountOfALoopThatHangs) {
  options_.readiness_wait = Milliseconds(2'000);
  options_.duration = Milliseconds(1'000);
  begin(30);
  is_answering_ = false;
  run_until(DrainPhase::moving);
  EXPECT_EQ(elapsed(), options_.readiness_wait + Drain::count_wait);
  run_until(DrainPhase::stopping);
}

TEST_F(DrainTest, HurriedWhileAnnouncedItMovesEverybody) {
  options_.readiness_wait = Milliseconds(60'000);
  begin(500);
  step();
  drain_->hurry();
  const DrainStep next = step();
  EXPECT_EQ(next.phase, DrainPhase::flushing);
  EXPECT_TRUE(next.moves_all);
  EXPECT_TRUE(next.refuses_handshakes);
  EXPECT_TRUE(next.closes_listener);
  EXPECT_FALSE(next.is_cut_short);
  run_until(DrainPhase::stopping);
  EXPECT_LT(elapsed(), Milliseconds(100));
}

TEST_F(DrainTest, HurriedWhileMovingItMovesWhoIsLeftAndFlushesShortly) {
  begin(1'000);
  idle_connections_ = 1;
  run_until(DrainPhase::moving);
  now_ += Milliseconds(500);
  drain_->hurry();
  EXPECT_TRUE(step().moves_all);
  EXPECT_EQ(clients_, 0u);
  const Milliseconds before = elapsed();
  EXPECT_FALSE(run_until(DrainPhase::stopping).is_cut_short);
  EXPECT_EQ(elapsed() - before, Drain::hurried_flush);
}

TEST_F(DrainTest, HurriedWhileFlushingItCuts) {
  begin(1);
  idle_connections_ = 1;
  run_until(DrainPhase::flushing);
  drain_->hurry();
  const DrainStep next = step();
  EXPECT_EQ(next.phase, DrainPhase::stopping);
  EXPECT_TRUE(next.is_cut_short);
}

TEST_F(DrainTest, TwoNodesChooseOtherMoments) {
  const auto moments = [this](std::uint64_t seed) {
    now_ = start_;
    moves_.clear();
    round_ = 0;
    begin(300, 0, seed);
    run_until(DrainPhase::stopping);
    std::vector<base::Duration> at;
    for (const Move& move : moves_) at.push_back(move.at);
    return at;
  };
  EXPECT_NE(moments(1), moments(2));
}

TEST(ShareOut, GivesEachLoopItsPart) {
  EXPECT_THAT(share_out(10, {50, 50}), ElementsAre(5u, 5u));
  EXPECT_THAT(share_out(10, {0, 30, 10}), ElementsAre(0u, 7u, 3u));
  EXPECT_THAT(share_out(10, {}), ElementsAre());
  EXPECT_THAT(share_out(10, {0, 0}), ElementsAre(0u, 0u));
}

TEST(ShareOut, GivesNobodyMoreThanThereIsAndLosesNothing) {
  std::mt19937 random(7);
  for (int i = 0; i < 1'000; ++i) {
    std::vector<std::size_t> clients(1 + random() % 8);
    for (std::size_t& count : clients) count = random() % 20;
    const std::size_t total = std::accumulate(clients.begin(), clients.end(), std::size_t{0});
    const std::size_t wanted = random() % 100;
    const std::vector<std::size_t> shares = share_out(wanted, clients);
    EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), std::size_t{0}), std::min(wanted, total));
    for (std::size_t n = 0; n < clients.size(); ++n) EXPECT_LE(shares[n], clients[n]);
  }
}

}  // namespace
}  // namespace signaling::server
