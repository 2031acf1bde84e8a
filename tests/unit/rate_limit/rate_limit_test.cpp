// The decisions of one node over handshakes, CONNECTs and events, with virtual time.
#include "rate_limit_fixture.hpp"

namespace signaling::rate_limit {
namespace {

using Strings = std::vector<std::string>;
class RateLimitTest : public RateLimitFixture {};

TEST_F(RateLimitTest, PassesEverythingWithoutRules) {
  start("");
  FakeSocket& socket = client();
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(send(socket), "pass");
  EXPECT_EQ(open("192.0.2.1"), "pass");
  EXPECT_EQ(host.log_lines(), Strings{"there are no rules: nothing is limited"});
}

TEST_F(RateLimitTest, DropsWithOneWarningAndAnswersAcks) {
  start(rule_text("e", "socket", "events", 2, "rate = 1"));
  FakeSocket& socket = client();
  EXPECT_EQ(send(socket), "pass");
  EXPECT_EQ(send(socket), "pass");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(socket), "refuse rate limited");
  EXPECT_EQ(socket.take_events(), Strings{R"(["rate-limited",{"scope":"socket","retryAfterMs":1000}])"});
  EXPECT_EQ(socket.ack_text(1), "");
  EXPECT_EQ(send(socket, "say", true), "refuse rate limited");
  EXPECT_EQ(socket.ack_text(1),
            R"([{"ok":false,"error":{"code":"rate-limited","message":"rate limited","retryAfterMs":1000}}])");
  EXPECT_EQ(limited("socket", "events", "drop"), 6);
  EXPECT_EQ(host.metric_value("warnings_total"), 1);
  host.advance(1'000);
  EXPECT_EQ(send(socket), "pass");
  EXPECT_EQ(send(socket), "refuse rate limited");
  EXPECT_EQ(socket.take_events().size(), 1u) << "a second later, another warning";
}

TEST_F(RateLimitTest, TheFirstRuleWithoutATokenDecidesAndTheOthersLoseNothing) {
  start(rule_text("all", "socket", "events", 3, "rate = 1\ninterval = \"1h\"") +
        rule_text("rare", "socket", "events", 1, "rate = 1\ninterval = \"1h\"\nevents = [\"rare\"]\naction = \"disconnect\""));
  FakeSocket& socket = client();
  EXPECT_EQ(send(socket, "rare"), "pass");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(socket, "rare"), "disconnect");
  EXPECT_EQ(send(socket), "pass");
  EXPECT_EQ(send(socket), "pass");
  EXPECT_EQ(send(socket), "refuse rate limited");
  EXPECT_EQ(limited("socket", "events", "disconnect"), 5);
}

TEST_F(RateLimitTest, DelaysUntilTheTokenIsThere) {
  start(rule_text("d", "socket", "events", 1, "rate = 10\naction = \"delay\"\nmax_delay = \"250ms\""));
  FakeSocket& socket = client();
  EXPECT_EQ(send(socket), "pass");
  const RecordedVerdict& first = event(socket);
  const RecordedVerdict& second = event(socket);
  const RecordedVerdict& third = event(socket);
  EXPECT_EQ(third.text(), "refuse rate limited") << "it would wait for 300 ms";
  host.advance(99);
  EXPECT_EQ(first.text(), "deferred");
  host.advance(1);
  EXPECT_EQ(first.text(), "pass");
  EXPECT_EQ(second.text(), "deferred");
  host.advance(100);
  EXPECT_EQ(second.text(), "pass");
  EXPECT_EQ(limited("socket", "events", "delay"), 2);
  EXPECT_EQ(limited("socket", "events", "drop"), 1);
}

TEST_F(RateLimitTest, BoundsTheNumberThatWaits) {
  start("max_waiting = 2\n" + rule_text("d", "socket", "events", 1, "rate = 1\naction = \"delay\"\nmax_delay = \"10s\""));
  FakeSocket& socket = client();
  for (int i = 0; i < 4; ++i) event(socket);
  EXPECT_EQ(verdicts[0].text(), "pass");
  EXPECT_EQ(verdicts[2].text(), "deferred");
  EXPECT_EQ(verdicts[3].text(), "refuse rate limited");
  host.advance(1'000);
  EXPECT_EQ(verdicts[1].text(), "pass");
  EXPECT_EQ(verdicts[2].text(), "deferred");
  host.advance(1'000);
  EXPECT_EQ(verdicts[2].text(), "pass");
}

TEST_F(RateLimitTest, DecidesWhatWaitsWhenItStops) {
  start(rule_text("d", "socket", "events", 1, "rate = 1\naction = \"delay\"\nmax_delay = \"10s\""));
  FakeSocket& socket = client();
  send(socket);
  const RecordedVerdict& verdict = event(socket);
  EXPECT_EQ(verdict.text(), "deferred");
  plugin->stop();
  EXPECT_EQ(verdict.text(), "refuse ");
  host.advance(10'000);
  EXPECT_EQ(verdict.calls(), 1u);
}

TEST_F(RateLimitTest, RefusesHandshakesWith429AndConnectsWithATime) {
  start(rule_text("h", "address", "handshakes", 1, "rate = 1\ninterval = \"90s\"") +
        rule_text("c", "identity", "connects", 1, "rate = 1\ninterval = \"2s\""));
  EXPECT_EQ(open("2001:db8::1"), "pass");
  EXPECT_EQ(open("2001:db8::2"), "429 90");
  EXPECT_EQ(open("2001:db8:0:1::1"), "pass");
  EXPECT_EQ(limited("address", "handshakes", "drop"), 1);
  const auto connect = [&](const std::string& claims) {
    RecordedVerdict verdict;
    plugin->on_connect(client(claims), verdict);
    return verdict.text();
  };
  EXPECT_EQ(connect(R"({"sub":"a"})"), "pass");
  EXPECT_EQ(connect(R"({"sub":"a"})"), R"(refuse rate limited{"code":"rate-limited","retryAfterMs":2000})");
  EXPECT_EQ(connect(R"({"sub":"b"})"), "pass");
  EXPECT_EQ(connect(""), "pass");
  EXPECT_EQ(connect(""), "pass");
}

TEST_F(RateLimitTest, ReloadKeepsWhatWasTakenAndBringsNewLimits) {
  const std::string hour = "rate = 1\ninterval = \"1h\"";
  const auto rules = [&](int burst) {
    return rule_text("s", "socket", "events", burst, hour) + rule_text("a", "address", "handshakes", burst, hour);
  };
  start(rules(2));
  FakeSocket& socket = client();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(send(socket), "pass");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(open("192.0.2.1"), "pass");
  EXPECT_EQ(send(socket), "refuse rate limited");
  EXPECT_EQ(open("192.0.2.1").substr(0, 3), "429");
  reload(rules(3));
  EXPECT_EQ(send(socket), "pass");
  EXPECT_EQ(send(socket), "refuse rate limited");
  EXPECT_EQ(open("192.0.2.1"), "pass");
  EXPECT_EQ(open("192.0.2.1").substr(0, 3), "429");
  // Rules around it come and go: it is found by its name.
  reload(rule_text("new", "socket", "events", 100, hour) + rule_text("s", "socket", "events", 4, hour));
  EXPECT_EQ(send(socket), "pass");
  EXPECT_EQ(send(socket), "refuse rate limited");
  EXPECT_EQ(open("192.0.2.1"), "pass");
}

TEST_F(RateLimitTest, ForgetsASocketThatLeft) {
  start(rule_text("e", "socket", "events", 1, "rate = 1\ninterval = \"1h\""));
  FakeSocket& socket = client();
  EXPECT_EQ(send(socket), "pass");
  EXPECT_EQ(send(socket), "refuse rate limited");
  plugin->on_disconnect(socket, "transport close");
  EXPECT_EQ(send(socket), "pass") << "another one at the same place in memory";
}

TEST_F(RateLimitTest, LooksAtRenewedClaimsWithinASecond) {
  start(rule_text("e", "identity", "events", 1, "rate = 1\ninterval = \"1h\""));
  FakeSocket& socket = client(R"({"sub":"a"})");
  EXPECT_EQ(send(socket), "pass");
  EXPECT_EQ(send(socket), "refuse rate limited");
  socket.set_claims(R"({"sub":"b"})");
  host.advance(1'000);
  EXPECT_EQ(send(socket), "pass");
}

}  // namespace
}  // namespace signaling::rate_limit
