// CONNECT, expiry and renewal as one node does them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth_fixture.hpp"

namespace signaling::auth_jwt {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The fake host's clock begins there.
constexpr std::int64_t start = 1'700'000'000;

class AuthTest : public ::testing::Test {
 protected:
  static std::string config(std::string_view more = {}, std::string_view tables = {}) {
    return "leeway=\"0s\"\n" + std::string(more) + "\n[[keys]]\nalgorithms=[\"HS256\"]\nsecret=\"" + std::string(32, 'k') +
           "\"\n" + std::string(tables);
  }
  std::string token(const std::string& claims) const { return maker.sign(Algorithm::hs256, claims); }
  std::string token_until(std::int64_t seconds, const std::string& more = {}) const {
    return token(R"({"sub":"alice","exp":)" + std::to_string(start + seconds) + more + "}");
  }
  const TokenMaker maker = TokenMaker::secret(std::string(32, 'k'));
};

TEST_F(AuthTest, LetsInWhoHasAGoodTokenAndGivesItsClaims) {
  AuthNode node(config());
  ClientSocket& socket = node.connect(token_until(60));
  EXPECT_EQ(node.verdict(), "pass");
  EXPECT_EQ(socket.claims(), R"({"sub":"alice","exp":1700000060})");
  EXPECT_EQ(node.host.metric_value("accepted_total"), 1);
}

TEST_F(AuthTest, RefusesWithACodeForEachReason) {
  AuthNode node(config("required_claims=[\"sub\"]"));
  EXPECT_EQ(node.connect_result(""), "token-missing");
  EXPECT_EQ(node.connect_result("nonsense"), "token-invalid");
  EXPECT_EQ(node.connect_result(TokenMaker::secret(std::string(32, 'x')).sign(Algorithm::hs256, R"({"exp":1})")),
            "token-invalid");
  EXPECT_EQ(node.connect_result(token_until(0)), "token-expired");
  EXPECT_EQ(node.connect_result(token_until(60, R"(,"nbf":1700000001)")), "token-not-yet-valid");
  EXPECT_EQ(node.connect_result(token(R"({"exp":1700000060})")), "not-allowed");
  for (const char* code : {"token-missing", "token-expired", "token-not-yet-valid", "not-allowed"})
    EXPECT_EQ(node.host.metric_value("refused_total", "code=" + std::string(code)), 1) << code;
  EXPECT_EQ(node.host.metric_value("refused_total", "code=token-invalid"), 2);
}

TEST_F(AuthTest, NeverLogsATokenOrAWholeId) {
  AuthNode node(config());
  const std::string expired = token_until(0);
  ClientSocket& socket = node.connect(expired);
  EXPECT_THAT(node.host.log_lines(), Each(Not(HasSubstr(expired.substr(0, 12)))));
  EXPECT_THAT(node.host.log_lines(), Each(Not(HasSubstr(std::string(socket.id())))));
  EXPECT_THAT(node.host.log_lines(), ::testing::Contains(HasSubstr("token-expired in /: exp is over")));
}

TEST_F(AuthTest, HoldsEachNamespaceToItsPolicy) {
  AuthNode node(config("anonymous_claims='{\"can\":[\"join\"]}'",
                       "[[namespaces]]\nname=\"/open\"\npolicy=\"off\"\n[[namespaces]]\nname=\"/may-*\"\npolicy=\"optional\"\n"
                       "[[namespaces]]\nname=\"/admin\"\nrequired_claims=[\"role=admin\"]\n"));
  EXPECT_EQ(node.connect_result("", "/open"), "pass");
  EXPECT_EQ(node.connect("nonsense", "/open").claims(), "");
  EXPECT_EQ(node.verdict(), "pass");
  EXPECT_EQ(node.connect("", "/may-be").claims(), R"({"can":["join"]})");
  EXPECT_EQ(node.verdict(), "pass");
  EXPECT_EQ(node.connect_result("nonsense", "/may-be"), "token-invalid");  // a bad token is not the same as none
  EXPECT_EQ(node.connect_result(token_until(60), "/may-be"), "pass");
  EXPECT_EQ(node.connect_result(token_until(60), "/admin"), "not-allowed");
  EXPECT_EQ(node.connect_result(token_until(60, R"(,"role":["admin"])"), "/admin"), "pass");
  EXPECT_EQ(node.connect_result("", "/any"), "token-missing");
}

TEST_F(AuthTest, RefusesClaimsThatDoNotFit) {
  AuthNode node(config());
  node.clients.push_back(std::make_unique<AuthNode::Client>("id", "/", R"({"token":")" + token_until(60) + R"("})"));
  node.clients.back()->socket.max_claims = 10;
  node.plugin->on_connect(node.clients.back()->socket, node.clients.back()->verdict);
  EXPECT_EQ(node.verdict(), "token-invalid");
}

TEST_F(AuthTest, WarnsBeforeTheEndAndDisconnectsAtIt) {
  AuthNode node(config("expiry_warning=\"60s\""));
  ClientSocket& socket = node.connect(token_until(100));
  node.host.advance(39'999);
  EXPECT_THAT(socket.received, IsEmpty());
  node.host.advance(1);
  EXPECT_THAT(socket.received, ElementsAre(R"(["auth:expiring",{"expiresIn":60000}])"));
  node.host.advance(59'999);
  EXPECT_FALSE(socket.disconnected);
  node.host.advance(1);
  EXPECT_EQ(socket.disconnected, false);  // this namespace alone
  EXPECT_EQ(node.host.metric_value("expired_sockets_total"), 1);
}

TEST_F(AuthTest, AddsTheLeewayToTheEnd) {
  AuthNode node("leeway=\"10s\"\nexpiry_warning=\"0s\"\n" + config().substr(config().find('\n')));
  ClientSocket& socket = node.connect(token_until(1));
  node.host.advance(10'999);
  EXPECT_FALSE(socket.disconnected);
  EXPECT_THAT(socket.received, IsEmpty());
  node.host.advance(1);
  EXPECT_TRUE(socket.disconnected);
}

TEST_F(AuthTest, NoticesAClockThatWasSet) {
  AuthNode node(config());
  ClientSocket& socket = node.connect(token_until(100'000));
  node.host.set_wall_clock_ms((start + 100'001) * 1000);
  node.host.advance(60'000);
  EXPECT_TRUE(socket.disconnected);
}

TEST_F(AuthTest, WaitsForASocketThatOtherMiddlewareStillThinksAbout) {
  AuthNode node(config("expiry_warning=\"1s\""));
  node.connect("");  // only so that the next one is not admitted by the fixture
  node.clients.push_back(std::make_unique<AuthNode::Client>("late", "/", R"({"token":")" + token_until(2) + R"("})"));
  AuthNode::Client& late = *node.clients.back();
  node.plugin->on_connect(late.socket, late.verdict);
  node.host.advance(3'000);
  EXPECT_FALSE(late.socket.disconnected);
  node.admit(late.socket);
  node.host.advance(200);
  EXPECT_EQ(late.socket.disconnected, false);
  // And one that never comes leaves nothing behind.
  node.plugin->on_disconnect(late.socket, "x");
  node.host.advance(200'000);
}

TEST_F(AuthTest, RenewsATokenInBand) {
  AuthNode node(config());
  ClientSocket& socket = node.connect(token_until(100));
  node.host.advance(50'000);
  EXPECT_EQ(node.refresh(socket, token_until(1'000, R"(,"n":2)")), "consumed");
  EXPECT_THAT(socket.received,
              ElementsAre(R"(["auth:expiring",{"expiresIn":60000}])", R"(ack [{"ok":true,"expiresIn":950000}])"));
  EXPECT_THAT(std::string(socket.claims()), HasSubstr("\"n\":2"));
  socket.received.clear();
  node.host.advance(880'000);
  EXPECT_FALSE(socket.disconnected);
  EXPECT_THAT(socket.received, IsEmpty());
  node.host.advance(70'000);
  EXPECT_TRUE(socket.disconnected);
  EXPECT_THAT(socket.received, ElementsAre(R"(["auth:expiring",{"expiresIn":60000}])"));
}

TEST_F(AuthTest, RefusesARenewalThatIsNoneAndLeavesTheOldTokenInForce) {
  AuthNode node(config("", "[[namespaces]]\nname=\"/free\"\npolicy=\"optional\"\n"));
  ClientSocket& socket = node.connect(token_until(100));
  const auto refused = [&](const std::string& token) {
    socket.received.clear();
    EXPECT_EQ(node.refresh(socket, token), "consumed");
    EXPECT_EQ(socket.received.size(), 1U);
    return socket.received.front();
  };
  const auto answer = [](const std::string& code) {
    return R"(ack [{"ok":false,"error":{"code":")" + code + R"(","message":")" + code + R"("}}])";
  };
  EXPECT_EQ(refused("nonsense"), answer("token-invalid"));
  EXPECT_EQ(refused(""), answer("token-missing"));
  EXPECT_EQ(refused(token_until(0)), answer("token-expired"));
  EXPECT_EQ(refused(token(R"({"sub":"bob","exp":1800000000})")), answer("not-allowed"));
  EXPECT_EQ(refused(token(R"({"exp":1800000000})")), answer("not-allowed"));
  EXPECT_EQ(refused(token(R"({"sub":"alice","iss":"x","exp":1800000000})")), answer("not-allowed"));
  EXPECT_EQ(socket.claims(), R"({"sub":"alice","exp":1700000100})");
  node.host.advance(100'000);
  EXPECT_TRUE(socket.disconnected);
  // Who came without a token does not become somebody in between.
  ClientSocket& anonymous = node.connect("", "/free");
  node.refresh(anonymous, token_until(1'000));
  EXPECT_THAT(anonymous.received, ElementsAre(answer("not-allowed")));
}

TEST_F(AuthTest, LeavesOtherEventsAndOtherNamespacesAlone) {
  AuthNode node(config("", "[[namespaces]]\nname=\"/open\"\npolicy=\"off\"\n"));
  EXPECT_EQ(node.refresh(node.connect("", "/open"), "x"), "pass");
  plugin_api::Event event;
  event.name = "auth:refresh2";
  testing::RecordedVerdict verdict;
  node.plugin->on_event(node.connect(token_until(60)), event, verdict);
  EXPECT_TRUE(verdict.passed());
  EXPECT_EQ(node.plugin->hooks(), plugin_api::hook_connect | plugin_api::hook_disconnect | plugin_api::hook_event);
  AuthNode without(config("refresh=false"));
  EXPECT_EQ(without.plugin->hooks(), plugin_api::hook_connect | plugin_api::hook_disconnect);
}

TEST_F(AuthTest, ForgetsASocketThatLeft) {
  AuthNode node(config());
  ClientSocket& socket = node.connect(token_until(100));
  node.leave(socket);
  node.host.advance(200'000);
  EXPECT_FALSE(socket.disconnected);
  EXPECT_THAT(socket.received, IsEmpty());
  EXPECT_EQ(node.host.metric_value("expired_sockets_total"), 0);
}

TEST_F(AuthTest, TakesOverNewKeysOnReloadAndNoneOfAWrongConfiguration) {
  AuthNode node(config());
  EXPECT_EQ(node.connect_result(token_until(60)), "pass");
  testing::FakeProblems problems;
  node.plugin->reload(testing::FakeConfig(schema, "[[keys]]\nalgorithms=[\"HS256\"]\nsecret=\"short\"\n"), problems);
  EXPECT_EQ(problems.list.size(), 1U);
  node.host.run_posted();
  EXPECT_EQ(node.connect_result(token_until(60)), "pass");
  node.reload("[[keys]]\nalgorithms=[\"HS256\"]\nsecret=\"" + std::string(32, 'n') + "\"\n");
  EXPECT_EQ(node.connect_result(token_until(60)), "token-invalid");  // also the one that was remembered
  EXPECT_EQ(node.connect_result(TokenMaker::secret(std::string(32, 'n')).sign(Algorithm::hs256, R"({"exp":1700000060})")),
            "pass");
}

}  // namespace
}  // namespace signaling::auth_jwt
