// A subscription that no longer delivers is noticed, and nothing else is taken for one.

#include <array>
#include <redis_adapter/probe.hpp>
#include <string>

#include <gtest/gtest.h>

#include "context_fixture.hpp"

namespace signaling::redis_adapter {
namespace {

class ProbeTest : public ContextFixture {
 protected:
  ProbeTest() {
    constexpr std::array<Partition, 1> partitions = {0};
    probe_.on_up(partitions, "redis:6379");
  }
  /// Ticks as the adapter does, every 50 ms; Redis takes each probe, and gives it back where `delivers`.
  void run(std::int64_t ms, bool delivers) {
    for (std::int64_t passed = 0; passed < ms; passed += 50) {
      clock_.advance(50);
      probe_.tick();
      for (FakeBackend::Sent& sent : backend_.published) {
        Envelope envelope;
        ASSERT_EQ(decode_envelope(sent.payload, envelope), EnvelopeFault::none);
        ASSERT_EQ(envelope.kind, EnvelopeKind::probe);
        if (takes_) {
          FakeBackend::answer(sent, 1);
        } else {
          FakeBackend::fail(sent, Outcome::timeout);
        }
        if (delivers) probe_.on_probe(0, envelope.items.front());
      }
      backend_.published.clear();
    }
  }

  bool takes_ = true;
  Probe probe_{context_, outbox_};
};

TEST_F(ProbeTest, LeavesASubscriptionThatDeliversAlone) {
  run(60'000, true);
  EXPECT_EQ(backend_.restarts, 0);
  EXPECT_LT(probe_.age_seconds(), 1.0);
}

TEST_F(ProbeTest, RebuildsASubscriptionThatIsSilentWithinThreeSeconds) {
  run(5'000, true);
  run(3'000, false);
  EXPECT_EQ(backend_.restarts, 1);
  EXPECT_GT(probe_.age_seconds(), 2.0);
}

TEST_F(ProbeTest, SaysNothingOfProbesThatRedisDidNotTake) {
  takes_ = false;
  run(10'000, false);
  EXPECT_EQ(backend_.restarts, 0);
}

TEST_F(ProbeTest, ForgivesWhatItsOwnStandstillKeptIt) {
  run(1'000, true);
  run(1'500, false);
  clock_.advance(30'000);  // what came back meanwhile is still to be read
  run(1'500, true);
  EXPECT_EQ(backend_.restarts, 0);
}

TEST_F(ProbeTest, AsksNothingWhileItIsDown) {
  constexpr std::array<Partition, 1> partitions = {0};
  probe_.on_down(partitions);
  run(10'000, false);
  EXPECT_EQ(backend_.restarts, 0);
}

}  // namespace
}  // namespace signaling::redis_adapter
