#include <random>

#include "flow.hpp"
#include "forwarding_fixture.hpp"

namespace signaling::forwarding {
namespace {

class Drain : public ForwardingTest {
 protected:
  /// A probe at `away` whose client has been told to end its polling.
  std::shared_ptr<test::FakeChannel> answered_probe(const std::string& sid) {
    auto channel = websocket(*away, sid)->shared_channel();
    channel->receive("2probe");
    run();
    EXPECT_EQ(channel->take(), Strings{"3probe"});
    return channel;
  }
};

TEST_F(Drain, APollIsAnsweredAndTheSessionLivesOn) {
  const Opened opened = open_at_home();
  const Exchange exchange = poll(*away, opened.sid);
  away->forwarding->drain();
  run();
  EXPECT_EQ(exchange->status(), 200u);
  EXPECT_EQ(exchange->body(), "6");
  EXPECT_TRUE(opened.record->closes.empty());
  // The next one goes through a node that stays.
  const Exchange next = poll(*home, opened.sid);
  send(opened.session(), "on");
  run();
  EXPECT_EQ(next->body(), "4on");
}

TEST_F(Drain, APollThatComesDuringItIsNotHeld) {
  const Opened opened = open_at_home();
  away->forwarding->drain();
  EXPECT_EQ(poll(*away, opened.sid)->body(), "6");
  EXPECT_EQ(post(*away, opened.sid, "4x")->body(), "ok");
  EXPECT_EQ(opened.record->messages, Strings{"x"});
}

TEST_F(Drain, TunnelsAreClosed) {
  const Opened opened = open_at_home();
  const auto channel = upgrade_away(opened.sid);
  away->forwarding->drain();
  run();
  EXPECT_EQ(channel->close_code(), 1012);
  EXPECT_EQ(opened.record->closes.size(), 1u);
  EXPECT_EQ(cluster.open_links(), 0u);
}

TEST_F(Drain, AClientInTheMiddleOfItsUpgradeFinishesIt) {
  const Opened opened = open_at_home();
  const Exchange last_poll = poll(*home, opened.sid);
  const auto channel = answered_probe(opened.sid);
  away->forwarding->drain();
  run();
  EXPECT_TRUE(channel->is_open());
  advance(Milliseconds{100});
  EXPECT_EQ(last_poll->body(), "6");
  EXPECT_TRUE(channel->is_open());
  channel->receive("5");
  run();
  EXPECT_EQ(channel->close_code(), 1012);
  EXPECT_EQ(opened.record->upgrades, 1);
  EXPECT_EQ(opened.record->closes.size(), 1u);
  EXPECT_EQ(cluster.open_links(), 0u);
  EXPECT_EQ(away->forwarding->counters().tunnels.value(), 0u);
}

TEST_F(Drain, AProbeThatWasNotAnsweredIsClosed) {
  const Opened opened = open_at_home();
  const auto channel = websocket(*away, opened.sid)->shared_channel();
  away->forwarding->drain();
  run();
  EXPECT_EQ(channel->close_code(), 1012);
  EXPECT_TRUE(opened.record->closes.empty());
}

TEST_F(Drain, AnUpgradeThatIsNeverFinishedIsNotWaitedForForEver) {
  engine_options.upgrade_timeout = 2 * upgrade_wait;
  start_anew();
  const Opened opened = open_at_home();
  const auto channel = answered_probe(opened.sid);
  std::mt19937_64 random(1);
  EXPECT_EQ(away->forwarding->end_some(5, random), 1u);
  EXPECT_EQ(away->forwarding->end_some(5, random), 0u);
  advance(upgrade_wait - Milliseconds{1});
  EXPECT_TRUE(channel->is_open());
  advance(Milliseconds{1});
  EXPECT_EQ(channel->close_code(), 1012);
  EXPECT_TRUE(opened.record->closes.empty());
}

TEST_F(Drain, AnOwnerThatStopsTellsThePollsAtOtherNodes) {
  const Opened opened = open_at_home();
  const Exchange exchange = poll(*away, opened.sid);
  const Opened other = open_at_home();
  const auto channel = upgrade_away(other.sid);
  home->engine.close_all();
  run();
  EXPECT_EQ(exchange->body(), "1");
  EXPECT_EQ(channel->close_code(), 1012);
}

TEST_F(Drain, SomeClientsAreSentElsewhereAndTheOthersGoOn) {
  std::mt19937_64 random(1);
  const Opened one = open_at_home();
  const Opened two = open_at_home();
  const auto first = upgrade_away(one.sid);
  const auto second = upgrade_away(two.sid);
  EXPECT_EQ(away->forwarding->end_some(1, random), 1u);
  run();
  const bool first_left = first->close_code() == 1012;
  EXPECT_NE(first_left, second->close_code() == 1012);
  const auto& staying = first_left ? second : first;
  send((first_left ? two : one).session(), "on");
  run();
  EXPECT_EQ(staying->take(), Strings{"4on"});
  EXPECT_EQ(away->forwarding->end_some(5, random), 1u);
  EXPECT_EQ(away->forwarding->end_some(5, random), 0u);
}

TEST_F(Drain, APollSentElsewhereEndsItsConnection) {
  std::mt19937_64 random(1);
  const Opened opened = open_at_home();
  const Exchange exchange = poll(*away, opened.sid);
  EXPECT_EQ(away->forwarding->end_some(5, random), 1u);
  run();
  EXPECT_EQ(exchange->body(), "6");
  EXPECT_TRUE(exchange->reply().close);
  EXPECT_TRUE(opened.record->closes.empty());
}

}  // namespace
}  // namespace signaling::forwarding
