#include <rate_limit/rule_set.hpp>
#include <rate_limit/schema.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/test_kit/fake_config.hpp>

namespace signaling::rate_limit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RuleSet read(std::string_view toml, std::vector<std::string>& problems, Slots* slots = nullptr) {
  const testing::FakeConfig config(schema, toml);
  testing::FakeProblems found;
  Slots own;
  RuleSet set = read_rules(config, slots != nullptr ? *slots : own, found);
  problems = found.list;
  return set;
}

TEST(Rules, AreSortedByWhatTheyCount) {
  std::vector<std::string> problems;
  const RuleSet set = read(R"(
    [[rules]]
    name = "h"
    per = "address"
    of = "handshakes"
    burst = 20
    rate = 30
    interval = "1m"
    [[rules]]
    name = "c"
    per = "identity"
    of = "connects"
    burst = 1
    rate = 1
    cluster = false
    [[rules]]
    name = "e"
    per = "socket"
    of = "events"
    events = ["join", "leave"]
    burst = 5
    rate = 10
    action = "delay"
    max_delay = "500ms"
  )",
                           problems);
  EXPECT_TRUE(problems.empty());
  ASSERT_EQ(set.handshakes.size(), 1u);
  EXPECT_DOUBLE_EQ(set.handshakes[0].bounds.burst, 20);
  EXPECT_DOUBLE_EQ(set.handshakes[0].bounds.tokens_per_ms, 30.0 / 60'000);
  EXPECT_TRUE(set.handshakes[0].is_shared);
  EXPECT_EQ(set.handshakes[0].action, Action::drop);
  ASSERT_EQ(set.connects.size(), 1u);
  EXPECT_FALSE(set.connects[0].is_shared);
  EXPECT_TRUE(set.has_identity_rules);
  ASSERT_EQ(set.events.size(), 1u);
  EXPECT_FALSE(set.events[0].is_shared) << "a socket is on one node";
  EXPECT_DOUBLE_EQ(set.events[0].bounds.delay_tokens, 5);
  EXPECT_TRUE(set.events[0].concerns("join"));
  EXPECT_FALSE(set.events[0].concerns("signal"));
  EXPECT_EQ(set.socket_rules, 1u);
  EXPECT_EQ(set.warning_head, R"(["rate-limited",{"scope":")");
}

TEST(Rules, KeepTheirBucketsUnderTheirName) {
  std::vector<std::string> problems;
  Slots slots;
  const auto rule = [](std::string_view name, std::string_view per) {
    return "[[rules]]\nname = \"" + std::string(name) + "\"\nper = \"" + std::string(per) +
           "\"\nof = \"events\"\nburst = 1\nrate = 1\n";
  };
  const RuleSet first = read(rule("a", "address") + rule("b", "socket"), problems, &slots);
  const RuleSet second = read(rule("b", "socket") + rule("a", "socket") + rule("c", "address"), problems, &slots);
  EXPECT_EQ(second.events[0].slot, first.events[1].slot);
  EXPECT_NE(second.events[1].slot, first.events[0].slot) << "of another scope";
  EXPECT_EQ(second.find(Scope::address, first.events[0].slot), nullptr);
  EXPECT_EQ(second.find(Scope::socket, first.events[1].slot), &second.events[0]);
}

TEST(Rules, ThatCannotBeAreRefusedByName) {
  const auto problems_of = [](std::string_view keys) {
    std::vector<std::string> problems;
    read("[[rules]]\nname = \"x\"\nburst = 1\nrate = 1\n" + std::string(keys), problems);
    return problems;
  };
  EXPECT_THAT(problems_of("per = \"socket\"\nof = \"handshakes\""), ElementsAre(HasSubstr("\"x\" is per socket")));
  EXPECT_THAT(problems_of("per = \"socket\"\nof = \"connects\""), ElementsAre(HasSubstr("allowed: address, identity")));
  EXPECT_THAT(problems_of("per = \"identity\"\nof = \"handshakes\""), ElementsAre(HasSubstr("\"x\" is per identity")));
  EXPECT_THAT(problems_of("per = \"address\"\nof = \"connects\"\nevents = [\"a\"]"), ElementsAre(HasSubstr("names events")));
  std::vector<std::string> problems;
  const std::string rule = "[[rules]]\nname = \"x\"\nper = \"socket\"\nof = \"events\"\nburst = 1\nrate = 1\n";
  read(rule + rule, problems);
  EXPECT_THAT(problems, ElementsAre(HasSubstr("\"x\" is the name of two rules")));
  read("event = \"disconnect\"", problems);
  EXPECT_THAT(problems, ElementsAre(HasSubstr("reserved")));
}

}  // namespace
}  // namespace signaling::rate_limit
