// Buckets of a whole cluster: what this node asks, tells, and does while nobody answers.
#include "rate_limit_fixture.hpp"

namespace signaling::rate_limit {
namespace {

using plugin_api::CounterLevel;
using plugin_api::Status;

class SharedBucketsTest : public RateLimitFixture {
 protected:
  SharedBucketsTest() { counters.emplace(); }
};
const std::string hour = "rate = 1\ninterval = \"1h\"";

TEST_F(SharedBucketsTest, AsksForEachHandshakeAndWaits) {
  start(rule_text("h", "address", "handshakes", 2, hour));
  const RecordedVerdict& first = ask("192.0.2.1");
  EXPECT_EQ(first.text(), "deferred");
  ASSERT_EQ(counters->asked.size(), 1u);
  EXPECT_EQ(counters->asked[0].keys[0], "address\nh\n00000000000000000000ffffc0000201");
  EXPECT_EQ(counters->asked[0].wait_ms, 250u);
  EXPECT_DOUBLE_EQ(counters->asked[0].takes[0].limit, 2);
  counters->answer({{Status::ok, true, 1}});
  EXPECT_EQ(first.text(), "pass");
  // The other nodes have taken the rest.
  const RecordedVerdict& second = ask("192.0.2.1");
  counters->answer({{Status::ok, false, 2}});
  EXPECT_EQ(outcome(second), "429 3600");
  EXPECT_EQ(limited("address", "handshakes", "drop"), 1);
  // Known to be empty: nobody is asked.
  EXPECT_EQ(open("192.0.2.1").substr(0, 3), "429");
  EXPECT_TRUE(counters->asked.empty());
}

TEST_F(SharedBucketsTest, DecidesAloneWhileNobodyAnswers) {
  start(rule_text("h", "address", "handshakes", 2, hour));
  for (const Status status : {Status::timeout, Status::unavailable}) {
    const RecordedVerdict& verdict = ask("192.0.2.1");
    counters->answer({{status}});
    EXPECT_EQ(verdict.text(), "pass");
  }
  EXPECT_EQ(open("192.0.2.1").substr(0, 3), "429");
  EXPECT_EQ(host.metric_value("shared_fallbacks_total"), 2);
  // What the cluster has surely not heard of it is told later; what was in time it may have.
  host.advance(200);
  ASSERT_EQ(counters->asked.size(), 1u);
  EXPECT_DOUBLE_EQ(counters->asked[0].takes[0].amount, 1);
}

TEST_F(SharedBucketsTest, GivesBackWhereAnotherRuleRefuses) {
  start(rule_text("one", "address", "handshakes", 5, hour) + rule_text("two", "address", "handshakes", 5, hour) +
        rule_text("here", "address", "handshakes", 1, hour + "\ncluster = false"));
  const RecordedVerdict& first = ask("192.0.2.1");
  ASSERT_EQ(counters->asked[0].takes.size(), 2u);
  counters->answer({{Status::ok, true, 1}, {Status::ok, false, 5}});
  EXPECT_EQ(outcome(first).substr(0, 3), "429");
  ASSERT_EQ(counters->asked.size(), 1u);
  EXPECT_EQ(counters->asked[0].keys[0].substr(0, 11), "address\none");
  EXPECT_DOUBLE_EQ(counters->asked[0].takes[0].amount, -1);
  counters->answer_rightly();
  // Its token of this node alone is back too.
  host.advance(3'600'000);
  const RecordedVerdict& second = ask("192.0.2.1");
  EXPECT_EQ(second.text(), "deferred");
  counters->answer_rightly();
  EXPECT_EQ(second.text(), "pass");
}

TEST_F(SharedBucketsTest, EventsWaitForNobodyAndAreTold) {
  start(rule_text("e", "identity", "events", 8, hour));
  FakeSocket& socket = client(R"({"sub":"a"})");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send(socket), "pass");
  EXPECT_TRUE(counters->asked.empty());
  host.advance(200);
  ASSERT_EQ(counters->asked.size(), 1u);
  EXPECT_DOUBLE_EQ(counters->asked[0].takes[0].amount, 3);
  EXPECT_DOUBLE_EQ(counters->asked[0].takes[0].limit, plugin_api::no_counter_limit);
  EXPECT_EQ(send(socket), "pass");
  counters->answer({{Status::ok, true, 6}});  // the others have taken 3
  EXPECT_EQ(send(socket), "pass");
  EXPECT_EQ(send(socket), "refuse rate limited");
}

TEST_F(SharedBucketsTest, TellsAgainWhatCertainlyDidNotArrive) {
  start(rule_text("e", "address", "events", 8, hour));
  FakeSocket& socket = client();
  for (int i = 0; i < 3; ++i) send(socket);
  host.advance(200);
  counters->answer({{Status::unavailable}});
  host.advance(200);
  ASSERT_EQ(counters->asked.size(), 1u);
  EXPECT_DOUBLE_EQ(counters->asked[0].takes[0].amount, 3);
  counters->answer({{Status::timeout}});
  host.advance(1'000);
  EXPECT_TRUE(counters->asked.empty());
  EXPECT_EQ(host.metric_value("shared_reports_lost_total"), 2);
}

TEST_F(SharedBucketsTest, TwoNodesTogetherHoldTheRate) {
  // Each node has its own plugin and one half of the traffic, at twice the rate together.
  start(rule_text("e", "identity", "events", 10, "rate = 10"));
  testing::FakeHost other_host;
  FakeCounters& cluster = *counters;
  other_host.set_interface(std::string(plugin_api::SharedCounters::interface_name),
                           static_cast<plugin_api::SharedCounters*>(&cluster));
  RateLimit other(other_host);
  testing::FakeProblems problems;
  other.start(*configs.back(), problems);
  other_host.run_posted();
  FakeSocket& here = client(R"({"sub":"a"})");
  FakeSocket& there = client(R"({"sub":"a"})");
  const auto send_there = [&] {
    RecordedVerdict verdict;
    plugin_api::Event event;
    event.name = "say";
    event.text = "[\"say\"]";
    other.on_event(there, event, verdict);
    return verdict.passed() ? 1 : 0;
  };
  int passed = 0;
  for (int ms = 0; ms < 20'000; ms += 100) {
    passed += send(here) == "pass" ? 1 : 0;
    passed += send_there();
    host.advance(100);
    other_host.advance(100);
    for (auto& [key, level] : cluster.kept) level = std::max(0.0, level - 1);
    while (!cluster.asked.empty()) cluster.answer_rightly();
  }
  // 20 s at 10 a second and a burst of 10; alone each would have let all its 200 through.
  EXPECT_GE(passed, 200);
  EXPECT_LE(passed, 225);
  other.stop();
}

}  // namespace
}  // namespace signaling::rate_limit
