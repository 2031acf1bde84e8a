// A verdict as the server takes it: the first call counts, and time runs out.

#include <gtest/gtest.h>

#include <signaling/test_kit/fake_host.hpp>
#include <signaling/test_kit/recorded_verdict.hpp>

namespace signaling::testing {
namespace {

TEST(RecordedVerdict, TakesTheFirstCallAndCountsTheOthers) {
  RecordedVerdict verdict;
  EXPECT_EQ(verdict.text(), "");
  verdict.refuse("no", R"({"code":1})");
  verdict.pass();
  EXPECT_EQ(verdict.text(), R"(refuse no{"code":1})");
  EXPECT_EQ(verdict.calls(), 2u);
}

TEST(RecordedVerdict, IsRefusedWhereTheHookForgetsIt) {
  RecordedVerdict verdict;
  verdict.end_hook();
  EXPECT_TRUE(verdict.refused());
  EXPECT_TRUE(verdict.is_forgotten());
}

TEST(RecordedVerdict, IsEndedLaterWhereItIsDeferred) {
  FakeHost host;
  int ended = 0;
  RecordedVerdict verdict(&host);
  plugin_api::Verdict& later = verdict.defer();
  verdict.end_hook();
  verdict.when_ended([&] { ++ended; });
  host.advance(RecordedVerdict::default_deadline_ms - 1);
  EXPECT_EQ(verdict.text(), "deferred");
  later.pass();
  EXPECT_TRUE(verdict.passed());
  EXPECT_EQ(ended, 0) << "by a task of the loop, as in the server";
  host.run_posted();
  EXPECT_EQ(ended, 1);
  host.advance(10'000);
  EXPECT_FALSE(verdict.is_timed_out());
}

TEST(RecordedVerdict, IsRefusedByTheDeadlineAndBearsALateVerdict) {
  FakeHost host;
  RecordedVerdict verdict(&host, 100);
  plugin_api::Verdict& later = verdict.defer();
  host.advance(100);
  EXPECT_TRUE(verdict.refused());
  EXPECT_TRUE(verdict.is_timed_out());
  later.pass();
  EXPECT_TRUE(verdict.refused());
  EXPECT_EQ(verdict.calls(), 1u);
}

TEST(RecordedVerdict, KnowsTheStatusOfARefusedHandshake) {
  FakeRefusals refusals;
  RecordedVerdict verdict;
  refusals.refuse(verdict, {.status = 429, .message = "later", .retry_after_seconds = 7});
  EXPECT_EQ(verdict.status(), 429u);
  EXPECT_EQ(verdict.retry_after_seconds(), 7u);
  RecordedVerdict odd;
  refusals.refuse(odd, {.status = 200});
  EXPECT_EQ(odd.status(), 403u);
}

}  // namespace
}  // namespace signaling::testing
