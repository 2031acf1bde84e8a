#include <array>

#include <gtest/gtest.h>

#include <signaling/server/config_text.hpp>

namespace signaling::server {
namespace {

std::optional<std::string> test_environment(std::string_view name) {
  if (name == "PORT") return "3101";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

TEST(ExpandEnvironment, ReplacesReferencesAndTellsThatItDid) {
  const Expansion expansion = expand_environment("a${PORT}b${PORT}", test_environment);
  EXPECT_EQ(expansion.text, "a3101b3101");
  EXPECT_TRUE(expansion.from_environment);
  EXPECT_TRUE(expansion.error.empty());
}

TEST(ExpandEnvironment, TakesTheDefaultWhereTheVariableIsUnsetOrEmpty) {
  EXPECT_EQ(expand_environment("${NONE:-redis://127.0.0.1:6379}", test_environment).text, "redis://127.0.0.1:6379");
  EXPECT_EQ(expand_environment("${EMPTY:-x}", test_environment).text, "x");
  EXPECT_EQ(expand_environment("${EMPTY}", test_environment).text, "");
  EXPECT_EQ(expand_environment("${NONE:-}", test_environment).text, "");
}

TEST(ExpandEnvironment, ExpandsReferencesInsideADefault) {
  EXPECT_EQ(expand_environment("${NONE:-http://h:${PORT}/}!", test_environment).text, "http://h:3101/!");
}

TEST(ExpandEnvironment, NamesAVariableThatIsNotSet) {
  EXPECT_EQ(expand_environment("${NONE}", test_environment).error,
            "environment variable NONE is not set and ${NONE} names no default, allowed: set it, or write ${NONE:-default}");
}

TEST(ExpandEnvironment, KeepsEscapedReferencesAndLoneDollars) {
  const Expansion expansion = expand_environment("$${PORT} $5 $", test_environment);
  EXPECT_EQ(expansion.text, "${PORT} $5 $");
  EXPECT_FALSE(expansion.from_environment);
}

TEST(ExpandEnvironment, RefusesMalformedReferences) {
  EXPECT_EQ(expand_environment("x${PORT", test_environment).error, "environment reference \"${PORT\" has no closing brace");
  EXPECT_EQ(expand_environment("${1A}", test_environment).error,
            "\"${1A}\" is no environment reference, allowed: ${NAME} or ${NAME:-default}");
  EXPECT_FALSE(expand_environment("${PORT-3}", test_environment).error.empty());
}

TEST(ExpandEnvironment, BoundsTheDepthOfNestedDefaults) {
  std::string text = "x";
  for (int i = 0; i < 50; ++i) text = "${NONE:-" + text + "}";
  EXPECT_NE(expand_environment(text, test_environment).error.find("nested too deep"), std::string::npos);
}

TEST(EscapeReferences, IsUndoneByExpansion) {
  for (const std::string text : {"${PORT}", "$${PORT}", "$", "plain", "a${"}) {
    EXPECT_EQ(expand_environment(escape_references(text), test_environment).text, text);
  }
}

TEST(ParseDuration, ReadsNumbersWithUnits) {
  EXPECT_EQ(parse_duration("25s"), 25'000);
  EXPECT_EQ(parse_duration("100ms"), 100);
  EXPECT_EQ(parse_duration("2m"), 120'000);
  EXPECT_EQ(parse_duration("1h"), 3'600'000);
  EXPECT_EQ(parse_duration("0s"), 0);
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const std::string_view text :
       {"", "25", "s", "-1s", "1.5s", "1 s", "1d", "1s ", "9999999999999999h", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(FormatDuration, IsReadBackTheSame) {
  for (const std::int64_t milliseconds : {0, 1, 999, 1000, 90'000, 120'000, 3'600'000, 3'600'001}) {
    EXPECT_EQ(parse_duration(format_duration(milliseconds)), milliseconds);
  }
  EXPECT_EQ(format_duration(90'000), "90s");
}

TEST(NearestWord, FindsTyposExchangesAndKeysOfOtherTables) {
  const std::array<std::string_view, 4> keys{"listen", "listen.port", "listen.address", "engine.path"};
  EXPECT_EQ(nearest_word("listen.prot", keys), "listen.port");
  EXPECT_EQ(nearest_word("listen.adress", keys), "listen.address");
  EXPECT_EQ(nearest_word("lisen", keys), "listen");
  EXPECT_EQ(nearest_word("port", keys), "listen.port");
  EXPECT_EQ(nearest_word("listen.colour", keys), "");
}

TEST(IsListed, ComparesWholeWords) {
  EXPECT_TRUE(is_listed("json", "text|json"));
  EXPECT_FALSE(is_listed("jso", "text|json"));
  EXPECT_FALSE(is_listed("", "text|json"));
  EXPECT_EQ(list_words("text|json"), "text, json");
}

}  // namespace
}  // namespace signaling::server
