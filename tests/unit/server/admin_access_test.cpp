#include <support/fake_exchange.hpp>

#include <gtest/gtest.h>

#include <signaling/server/admin_access.hpp>

namespace signaling::server {
namespace {

constexpr std::string_view token = "0123456789abcdef";

bool may(std::string_view address, test::FakeExchange::Headers headers = {}, std::string_view secret = token) {
  test::FakeExchange exchange("POST", "/drain", {}, std::move(headers));
  engine::HttpRequest request = exchange.request();
  request.remote_address = address;
  return may_command(request, secret);
}

TEST(AdminAccess, LetsLoopbackInWithoutAToken) {
  EXPECT_TRUE(may("127.0.0.1"));
  EXPECT_TRUE(may("127.8.9.10"));
  EXPECT_TRUE(may("::1"));
  EXPECT_TRUE(may("::ffff:127.0.0.1"));
  EXPECT_TRUE(may("127.0.0.1", {}, ""));
}

TEST(AdminAccess, LetsOthersInWithTheTokenAlone) {
  EXPECT_FALSE(may("10.0.0.1"));
  EXPECT_FALSE(may("1.127.0.0"));
  EXPECT_FALSE(may("fe80::1"));
  EXPECT_TRUE(may("10.0.0.1", {{"Authorization", "Bearer 0123456789abcdef"}}));
  EXPECT_TRUE(may("10.0.0.1", {{"authorization", "bearer  0123456789abcdef"}}));
  EXPECT_FALSE(may("10.0.0.1", {{"Authorization", "Bearer 0123456789abcdeF"}}));
  EXPECT_FALSE(may("10.0.0.1", {{"Authorization", "Bearer 0123456789abcde"}}));
  EXPECT_FALSE(may("10.0.0.1", {{"Authorization", "Bearer 0123456789abcdef0"}}));
  EXPECT_FALSE(may("10.0.0.1", {{"Authorization", "Basic 0123456789abcdef"}}));
}

TEST(AdminAccess, WithoutATokenInTheConfigurationNobodyHasIt) {
  EXPECT_FALSE(may("10.0.0.1", {{"Authorization", "Bearer "}}, ""));
  EXPECT_FALSE(may("10.0.0.1", {{"Authorization", "Bearer x"}}, ""));
}

TEST(AdminAccess, RefusesPagesInABrowserOnTheSameMachine) {
  EXPECT_FALSE(may("127.0.0.1", {{"Origin", "https://evil.example"}}));
  EXPECT_FALSE(may("127.0.0.1", {{"Origin", "null"}}));
  EXPECT_TRUE(may("127.0.0.1", {{"Origin", "https://admin.example"}, {"Authorization", "Bearer 0123456789abcdef"}}));
}

}  // namespace
}  // namespace signaling::server
