#include <webrtc_signaling/options.hpp>
#include <webrtc_signaling/schema.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/test_kit/fake_config.hpp>

namespace signaling::webrtc_signaling {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> problems_of(std::string_view toml) {
  testing::FakeProblems problems;
  read_options(testing::FakeConfig(schema, toml), problems);
  return problems.list;
}

TEST(Options, HaveDefaults) {
  testing::FakeProblems problems;
  const Options options = read_options(testing::FakeConfig(schema), problems);
  EXPECT_THAT(problems.list, IsEmpty());
  EXPECT_EQ(options.namespace_name, "/");
  EXPECT_EQ(options.max_peers, 1'000U);
  EXPECT_EQ(options.max_data_bytes, 0U);
  ASSERT_NE(options.find_relay_event("ice-candidate"), nullptr);
  EXPECT_EQ(options.find_relay_event("ice-candidate")->opening, R"(["ice-candidate",)");
  EXPECT_EQ(options.find_relay_event("signal"), nullptr);
}

TEST(Options, RefuseANamespaceThatIsNoName) {
  for (const char* name : {"chat", "/chat-*", "/a,b", "/a?b"}) {
    EXPECT_THAT(problems_of("namespace = \"" + std::string(name) + '"'), ElementsAre(StartsWith("namespace: "))) << name;
  }
  EXPECT_THAT(problems_of(R"(namespace = "/chat")"), IsEmpty());
}

TEST(Options, RefuseRelayEventsThatMeanSomethingElse) {
  for (const char* name : {"", "join", "signal", "peer-left", "disconnect", "connect_error"}) {
    EXPECT_THAT(problems_of("relay_events = [\"" + std::string(name) + "\"]"), ElementsAre(StartsWith("relay_events: ")))
        << name;
  }
  EXPECT_THAT(problems_of(R"(relay_events = ["a","a"])"), ElementsAre(StartsWith("relay_events: ")));
  EXPECT_THAT(problems_of("relay_events = []"), IsEmpty());
}

TEST(Options, RefuseUrlsThatAreNotOfIce) {
  EXPECT_THAT(problems_of("[[ice_servers]]\nurls = [\"stun:a\", \"http://b\", \"turn:\"]"),
              ElementsAre(StartsWith("ice_servers.urls: "), StartsWith("ice_servers.urls: ")));
  EXPECT_THAT(problems_of("turn_urls = [\"x\"]\nturn_secret = \"s\""), ElementsAre(StartsWith("turn_urls: ")));
}

TEST(Options, WantTurnServersAndTheirSecretTogether) {
  EXPECT_THAT(problems_of("turn_urls = [\"turn:a\"]"), ElementsAre(StartsWith("turn_secret: ")));
  EXPECT_THAT(problems_of("turn_secret = \"s\""), ElementsAre(StartsWith("turn_urls: ")));
}

TEST(Options, TellAllProblemsAtOnce) {
  EXPECT_EQ(problems_of("namespace = \"x\"\nrelay_events = [\"join\"]\nturn_secret = \"s\"").size(), 3U);
}

}  // namespace
}  // namespace signaling::webrtc_signaling
