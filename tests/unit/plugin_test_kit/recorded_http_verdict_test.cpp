// A verdict on an HTTP request as the server takes it: the first call counts, headers are checked, and time runs out.

#include <gtest/gtest.h>

#include <signaling/test_kit/fake_host.hpp>
#include <signaling/test_kit/recorded_http_verdict.hpp>

namespace signaling::testing {
namespace {

using Texts = std::vector<std::string>;

TEST(RecordedHttpVerdict, TakesTheFirstCallAndCountsTheOthers) {
  RecordedHttpVerdict verdict;
  EXPECT_EQ(verdict.text(), "");
  const plugin_api::HttpHeader headers[] = {{"Retry-After", "7"}};
  verdict.refuse({.status = 429, .content_type = "application/json", .body = "{}", .headers = headers});
  verdict.pass();
  EXPECT_EQ(verdict.text(), "refuse 429 {}");
  EXPECT_EQ(verdict.answer().content_type, "application/json");
  EXPECT_EQ(verdict.answer().header("retry-after"), "7");
  EXPECT_EQ(verdict.calls(), 2u);
  EXPECT_TRUE(verdict.faults().empty());
}

TEST(RecordedHttpVerdict, KeepsHeadersThatAPluginMaySetUntilItIsEnded) {
  RecordedHttpVerdict verdict;
  verdict.add_header("X-Good", "yes");
  verdict.add_header("X-Bad", "a\r\nX-E: b");
  verdict.add_header("Content-Length", "3");
  verdict.pass();
  verdict.add_header("X-Late", "yes");
  EXPECT_EQ(verdict.headers(), (HttpHeaders{{"X-Good", "yes"}}));
  EXPECT_EQ(verdict.faults(), (Texts{"header X-Bad", "header Content-Length"}));
}

TEST(RecordedHttpVerdict, AnswersWith500WhatIsNoAnswer) {
  RecordedHttpVerdict verdict;
  verdict.refuse({.status = 42});
  EXPECT_EQ(verdict.text(), "refuse 500 the plugin failed");
  EXPECT_EQ(verdict.faults(), Texts{"status 42"});
  RecordedHttpVerdict huge;
  huge.refuse({.body = std::string(plugin_api::max_http_answer_bytes + 1, 'x')});
  EXPECT_EQ(huge.answer().status, 500u);
}

TEST(RecordedHttpVerdict, IsRefusedWhereTheHookForgetsIt) {
  RecordedHttpVerdict verdict;
  verdict.end_hook();
  EXPECT_EQ(verdict.text(), "refuse 500 internal error");
  EXPECT_TRUE(verdict.is_forgotten());
}

TEST(RecordedHttpVerdict, IsEndedLaterWhereItIsDeferred) {
  FakeHost host;
  int ended = 0;
  RecordedHttpVerdict verdict(&host);
  plugin_api::HttpVerdict& later = verdict.defer();
  verdict.end_hook();
  verdict.when_ended([&] { ++ended; });
  host.advance(RecordedHttpVerdict::default_deadline_ms - 1);
  EXPECT_EQ(verdict.text(), "deferred");
  later.pass();
  EXPECT_TRUE(verdict.passed());
  EXPECT_EQ(ended, 0) << "by a task of the loop, as in the server";
  host.run_posted();
  EXPECT_EQ(ended, 1);
  host.advance(10'000);
  EXPECT_FALSE(verdict.is_timed_out());
}

TEST(RecordedHttpVerdict, IsRefusedByTheDeadlineAndBearsALateVerdict) {
  FakeHost host;
  RecordedHttpVerdict verdict(&host, 100);
  plugin_api::HttpVerdict& later = verdict.defer();
  host.advance(100);
  EXPECT_EQ(verdict.text(), "refuse 503 no verdict in time");
  EXPECT_TRUE(verdict.is_timed_out());
  later.pass();
  EXPECT_TRUE(verdict.refused());
  EXPECT_EQ(verdict.calls(), 1u);
}

}  // namespace
}  // namespace signaling::testing
