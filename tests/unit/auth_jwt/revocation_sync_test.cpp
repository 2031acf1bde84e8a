// Revocations: on the node that is called, on the others, on one that starts later, and after a cut.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth_fixture.hpp"

namespace signaling::auth_jwt {
namespace {

using ::testing::HasSubstr;

class RevocationTest : public ::testing::Test {
 protected:
  static std::string config(std::string_view more = {}) {
    return "leeway=\"0s\"\nrequire_expiry=false\n" + std::string(more) + "\n[[keys]]\nalgorithms=[\"HS256\"]\nsecret=\"" +
           std::string(32, 'k') + "\"\n";
  }
  std::string token(const std::string& claims) const { return maker.sign(Algorithm::hs256, claims); }
  const TokenMaker maker = TokenMaker::secret(std::string(32, 'k'));
  const std::string alice = token(R"({"sub":"alice","jti":"t1"})");
  const std::string alice_again = token(R"({"sub":"alice","jti":"t2"})");
  const std::string bob = token(R"({"sub":"bob","jti":"t3"})");
  PeerNetwork network;
};

TEST_F(RevocationTest, EndsTheSocketsOfATokenAndRefusesItUntilItsEnd) {
  AuthNode node(config());
  ClientSocket& first = node.connect(alice);
  ClientSocket& second = node.connect(alice, "/chat");
  ClientSocket& other = node.connect(alice_again);
  const AdminAnswer answer = node.call(R"({"jti":"t1","exp":1700000100})");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_THAT(answer.json, HasSubstr("\"disconnected\":2"));
  EXPECT_EQ(first.disconnected, true);  // the whole connection
  EXPECT_EQ(second.disconnected, true);
  EXPECT_FALSE(other.disconnected);
  EXPECT_EQ(node.connect_result(alice), "not-allowed");
  EXPECT_EQ(node.connect_result(alice_again), "pass");
  EXPECT_EQ(node.host.metric_value("revoked_sockets_total"), 2);
  node.host.advance(100'000);
  EXPECT_EQ(node.connect_result(alice), "pass");
}

TEST_F(RevocationTest, OfASubjectIsOfAllItsTokensAndRenewals) {
  AuthNode node(config());
  ClientSocket& stays = node.connect(bob);
  ClientSocket& ends = node.connect(alice_again);
  EXPECT_EQ(node.call(R"({"sub":"alice"})").status, 200U);
  EXPECT_TRUE(ends.disconnected);
  EXPECT_FALSE(stays.disconnected);
  EXPECT_EQ(node.connect_result(alice), "not-allowed");
  EXPECT_EQ(node.call(R"({"jti":"t9"})").status, 200U);
  node.refresh(stays, token(R"({"sub":"bob","jti":"t9"})"));
  EXPECT_THAT(stays.received.back(), HasSubstr("not-allowed"));
  // A socket is meant by the token that it has by now.
  node.refresh(stays, token(R"({"sub":"bob","jti":"t10"})"));
  EXPECT_EQ(node.call(R"({"jti":"t3"})").status, 200U);
  EXPECT_FALSE(stays.disconnected);
  EXPECT_EQ(node.call(R"({"jti":"t10"})").status, 200U);
  EXPECT_TRUE(stays.disconnected);
}

TEST_F(RevocationTest, EndsASocketThatIsStillOnItsWayIn) {
  AuthNode node(config());
  node.clients.push_back(std::make_unique<AuthNode::Client>("late", "/", R"({"token":")" + alice + R"("})"));
  AuthNode::Client& late = *node.clients.back();
  node.plugin->on_connect(late.socket, late.verdict);
  node.call(R"({"sub":"alice"})");
  EXPECT_FALSE(late.socket.disconnected);
  node.admit(late.socket);
  node.host.advance(200);
  EXPECT_EQ(late.socket.disconnected, true);
}

TEST_F(RevocationTest, SaysWhatIsWrongWithACall) {
  AuthNode node(config("max_revocations=1"));
  EXPECT_EQ(node.call("{").status, 400U);
  EXPECT_EQ(node.call(R"({"sub":"a"})", "revoked").status, 404U);
  EXPECT_EQ(node.call(R"({"sub":"a"})").status, 200U);
  const AdminAnswer full = node.call(R"({"sub":"b"})");
  EXPECT_EQ(full.status, 507U);
  EXPECT_THAT(full.json, HasSubstr("max_revocations"));
  EXPECT_EQ(node.host.metric_value("revocations_dropped_total"), 1);
}

TEST_F(RevocationTest, ReachesTheOtherNodes) {
  AuthNode one(config(), &network, "one");
  AuthNode two(config(), &network, "two");
  ClientSocket& there = two.connect(alice);
  AdminAnswer answer;
  one.admin.handler->on_admin_call({"revoke", {}, R"({"sub":"alice"})"}, answer);
  one.host.run_posted();
  EXPECT_EQ(answer.status, 0U);  // two has not ended its sockets yet
  two.host.run_posted();
  EXPECT_EQ(answer.status, 200U);
  EXPECT_THAT(answer.json, HasSubstr("\"disconnected\":1,\"nodes\":[\"two\"]"));
  EXPECT_TRUE(there.disconnected);
  EXPECT_EQ(two.connect_result(alice), "not-allowed");
}

TEST_F(RevocationTest, TellsOfNodesThatDoNotAnswerOrHaveNoRoom) {
  AuthNode one(config(), &network, "one");
  AuthNode two(config("max_revocations=1"), &network, "two");
  AuthNode three(config(), &network, "three");
  three.port->is_cut = true;
  one.call(R"({"jti":"x"})");
  two.host.run_posted();
  const AdminAnswer answer = one.call(R"({"jti":"y"})");
  EXPECT_EQ(answer.status, 503U);
  EXPECT_THAT(answer.json, HasSubstr("\"full_nodes\":[\"two\"],\"missing_nodes\":[\"three\"]"));
}

TEST_F(RevocationTest, IsKnownToANodeThatStartsLater) {
  AuthNode one(config(), &network, "one");
  // More than a page.
  for (std::size_t i = 0; i < RevocationSync::page_size + 200; ++i) one.call(R"({"jti":"many-)" + std::to_string(i) + R"("})");
  one.call(R"({"sub":"alice"})");
  AuthNode two(config(), &network, "two");
  EXPECT_EQ(two.connect_result(alice), "not-allowed");
  EXPECT_EQ(two.connect_result(bob), "pass");
  EXPECT_EQ(two.host.metric_value("revocations"), static_cast<double>(RevocationSync::page_size + 201));
}

TEST_F(RevocationTest, LetsNobodyInBeforeItIsKnown) {
  AuthNode one(config(), &network, "one");
  one.call(R"({"sub":"alice"})");
  network.is_held = true;
  AuthNode two(config(), &network, "two");
  ClientSocket& socket = two.connect(alice);
  EXPECT_EQ(two.verdict(), "");
  AuthNode::Client& first = *two.clients.back();
  two.connect(bob);
  EXPECT_EQ(two.connect_result("nonsense"), "token-invalid");  // that is known without asking anybody
  EXPECT_EQ(two.host.metric_value("waiting"), 2);
  network.release();
  two.host.run_posted();
  EXPECT_EQ(outcome(first.verdict), "not-allowed");
  EXPECT_EQ(outcome(two.clients[1]->verdict), "pass");
  EXPECT_EQ(two.host.metric_value("waiting"), 0);
  EXPECT_EQ(socket.claims(), "");
}

TEST_F(RevocationTest, WaitsForTheOthersOnlySoLong) {
  AuthNode one(config(), &network, "one");
  network.is_held = true;
  AuthNode two(config(), &network, "two");
  two.connect(bob);
  ClientSocket& gone = two.connect(alice);
  two.leave(gone);  // while it waits
  EXPECT_EQ(outcome(two.clients.back()->verdict), "consumed");
  two.host.advance(static_cast<std::int64_t>(Loop::max_wait_ms));
  EXPECT_EQ(outcome(two.clients.front()->verdict), "pass");
  network.release();
}

TEST_F(RevocationTest, IsMadeUpForAfterACut) {
  AuthNode one(config(), &network, "one");
  AuthNode two(config(), &network, "two");
  ClientSocket& there = two.connect(alice);
  two.port->is_cut = true;
  EXPECT_EQ(one.call(R"({"sub":"alice"})").status, 503U);
  two.host.advance(60'000);
  EXPECT_EQ(two.connect_result(alice), "pass");
  two.port->is_cut = false;
  // Compared at the next turn of either.
  one.host.advance(30'000);
  two.host.run_posted();
  EXPECT_TRUE(there.disconnected);
  EXPECT_EQ(two.connect_result(alice), "not-allowed");
  // In agreement nothing more is asked.
  network.sent.clear();
  one.host.advance(30'000);
  two.host.advance(30'000);
  EXPECT_THAT(network.sent, ::testing::Each("digest"));
}

}  // namespace
}  // namespace signaling::auth_jwt
