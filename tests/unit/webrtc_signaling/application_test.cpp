#include <set>

#include "signaling_fixture.hpp"

namespace signaling::webrtc_signaling {
namespace {

class ApplicationTest : public SignalingFixture {};

TEST_F(ApplicationTest, ClaimsItsNamespace) {
  struct Claims final : plugin_api::NamespaceClaims {
    Texts names;
    void claim(std::string_view name) override { names.emplace_back(name); }
  } claims;
  start("namespace = \"/meet\"");
  app().claim_namespaces(claims);
  EXPECT_EQ(claims.names, Texts{"/meet"});
}

TEST_F(ApplicationTest, TakesNewOptionsOverOnEachLoop) {
  FakeSocket& a = connect();
  const FakeConfig config(schema, "max_room_name_bytes = 2\nnamespace = \"/other\"");
  FakeProblems problems;
  app().reload(config, problems);
  EXPECT_EQ(outcome(join(a, "abc")), "ok") << "the loop has not run yet";
  cluster_.node(0).host().run_posted();
  EXPECT_EQ(outcome(join(a, "abcd")), "invalid");
}

TEST_F(ApplicationTest, KeepsItsOptionsWhereNewOnesAreWrong) {
  FakeSocket& a = connect();
  const FakeConfig config(schema, "max_room_name_bytes = 2\nrelay_events = [\"join\"]");
  FakeProblems problems;
  app().reload(config, problems);
  EXPECT_EQ(problems.list.size(), 1U);
  cluster_.node(0).host().run_posted();
  EXPECT_EQ(outcome(join(a, "abc")), "ok");
}

TEST(Schema, ExplainsEveryKeyOnce) {
  std::set<std::string_view> names;
  for (const auto& key : schema) {
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    EXPECT_GT(std::string_view(key.help).size(), 10U) << key.name;
  }
}

}  // namespace
}  // namespace signaling::webrtc_signaling
