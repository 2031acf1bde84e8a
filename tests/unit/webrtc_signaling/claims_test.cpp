#include <webrtc_signaling/claims.hpp>

#include <gtest/gtest.h>

namespace signaling::webrtc_signaling {
namespace {

TEST(Claims, AllowEverythingWhereTheyAreMissing) {
  for (const char* claims : {"", "{}", R"({"sub":"me"})"}) {
    EXPECT_TRUE(may(claims, "join"));
    EXPECT_TRUE(may_enter(claims, "x"));
  }
}

TEST(Claims, AllowWhatTheyList) {
  EXPECT_TRUE(may(R"({"can":["join","message"]})", "message"));
  EXPECT_FALSE(may(R"({"can":["join","message"]})", "signal"));
  EXPECT_FALSE(may(R"({"can":[]})", "join"));
}

TEST(Claims, AllowNothingWhereTheyAreNoList) {
  for (const char* claims : {R"({"can":"join","rooms":"x"})", R"({"can":null,"rooms":null})", R"({"can":{},"rooms":1})"}) {
    EXPECT_FALSE(may(claims, "join"));
    EXPECT_FALSE(may_enter(claims, "x"));
  }
}

TEST(Claims, MatchRoomsByNameOrPrefix) {
  constexpr const char* claims = R"({"rooms":["lobby","team-*",7,"a\u002a"]})";
  EXPECT_TRUE(may_enter(claims, "lobby"));
  EXPECT_FALSE(may_enter(claims, "lobby2"));
  EXPECT_TRUE(may_enter(claims, "team-"));
  EXPECT_TRUE(may_enter(claims, "team-1"));
  EXPECT_FALSE(may_enter(claims, "team"));
  EXPECT_FALSE(may_enter(claims, "7"));
  EXPECT_TRUE(may_enter(claims, "abc")) << "the star may be written as an escape";
  EXPECT_TRUE(may_enter(R"({"rooms":["*"]})", "anything"));
}

}  // namespace
}  // namespace signaling::webrtc_signaling
