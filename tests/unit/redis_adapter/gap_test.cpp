// What was missed while nothing could be heard is asked for until it has been told.

#include <redis_adapter/gap.hpp>

#include "context_fixture.hpp"
#include "reply_of.hpp"

namespace signaling::redis_adapter {
namespace {

class GapTest : public ContextFixture {
 protected:
  GapTest() {
    state().has_offset = true;
    state().own.set("room", "a", "v", 1);
    gap_.begin(0, clock_.now_us);
    gap_.catch_up(0);
  }
  PartitionState& state() { return partitions_[0]; }
  FakeBackend::Sent& asked() { return backend_.scripts.back(); }

  PartitionStates partitions_ = PartitionStates(1);
  Gap gap_{context_, partitions_};
};

TEST_F(GapTest, EndsWhenEveryRoomWasAskedFor) {
  ASSERT_EQ(asked().what, scripts_.changes.sha1());
  EXPECT_TRUE(state().has_gap);
  FakeBackend::answer(asked(), *texts_reply({"ok"}));
  EXPECT_FALSE(state().has_gap);
  EXPECT_EQ(state().catch_up_at_us, 0);
}

TEST_F(GapTest, StaysAndIsAskedForAgainWhereRedisDidNotAnswer) {
  FakeBackend::fail(asked(), Outcome::full);
  EXPECT_TRUE(state().has_gap);
  EXPECT_EQ(state().catch_up_at_us, clock_.now_us + 500 * us_per_ms);
  gap_.catch_up(0);
  FakeBackend::answer(asked(), *texts_reply({"ok"}));
  EXPECT_FALSE(state().has_gap);
}

TEST_F(GapTest, AnswersOfAnEarlierRunEndNothing) {
  FakeBackend::Sent early = std::move(asked());
  gap_.begin(0, clock_.now_us);
  FakeBackend::answer(early, *texts_reply({"ok"}));
  EXPECT_TRUE(state().has_gap);
}

}  // namespace
}  // namespace signaling::redis_adapter
