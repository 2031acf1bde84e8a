#include "origin_check.hpp"

#include <support/fake_exchange.hpp>

#include <gtest/gtest.h>

namespace signaling::engine {
namespace {

using Headers = test::FakeExchange::Headers;

class OriginCheck : public ::testing::Test {
 protected:
  bool allows(const Headers& headers, bool wants_websocket = true) const {
    test::FakeExchange exchange("GET", "/socket.io/?EIO=4&transport=websocket", {}, headers);
    exchange.editable_request().wants_websocket = wants_websocket;
    return is_origin_allowed(exchange.request(), options);
  }
  bool allows_origin(const std::string& origin) const { return allows({{"Host", "rtc.example:3000"}, {"Origin", origin}}); }

  OriginOptions options;
};

TEST_F(OriginCheck, LetsEverybodyInWithoutAList) {
  EXPECT_TRUE(allows_origin("https://evil.example"));
  EXPECT_TRUE(allows_origin("null"));
  EXPECT_TRUE(allows({}));
}

TEST_F(OriginCheck, ComparesWithTheListAsText) {
  options.allowed = {"https://meet.example", "null"};
  EXPECT_TRUE(allows_origin("https://meet.example"));
  EXPECT_TRUE(allows_origin("null"));
  for (const char* other : {"http://meet.example", "https://meet.example:8443", "https://meet.example.evil.example",
                            "https://meet.example/", "https://MEET.example", "meet.example", "*", "https://"}) {
    EXPECT_FALSE(allows_origin(other)) << other;
  }
}

TEST_F(OriginCheck, LetsPagesOfTheSameHostIn) {
  options.allowed = {"https://meet.example"};
  EXPECT_TRUE(allows_origin("http://rtc.example:3000"));
  EXPECT_TRUE(allows_origin("https://RTC.example:3000")) << "a proxy may end TLS";
  EXPECT_FALSE(allows_origin("http://rtc.example"));
  EXPECT_FALSE(allows_origin("http://rtc.example:30000"));
  EXPECT_FALSE(allows_origin("rtc.example:3000"));
  EXPECT_FALSE(allows_origin("http://"));
  EXPECT_FALSE(allows({{"Origin", "http://"}})) << "no Host is no host";
}

TEST_F(OriginCheck, TakesMissingOriginsUnlessToldOtherwise) {
  options.allowed = {"https://meet.example"};
  EXPECT_TRUE(allows({}));
  options.allow_missing = false;
  EXPECT_FALSE(allows({}));
  EXPECT_TRUE(allows({}, false)) << "browsers leave it out of a GET to the page's own server";
  EXPECT_TRUE(allows_origin("https://meet.example"));
}

}  // namespace
}  // namespace signaling::engine
