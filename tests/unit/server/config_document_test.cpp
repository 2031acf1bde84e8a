#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/server/config_document.hpp>

namespace signaling::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ParseDocument, ReportsTomlSyntaxWithItsPosition) {
  ConfigProblems problems;
  parse_document("[listen]\nport = = 3\n", "f.toml", {}, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_TRUE(problems.lines()[0].starts_with("f.toml:2:8: TOML syntax: ")) << problems.lines()[0];
}

TEST(ParseDocument, ReportsSettingsThatAreNone) {
  ConfigProblems problems;
  const std::vector<std::string> settings{"listen.port", "=3", "a..b=3", "a b=1"};
  parse_document("", "f.toml", settings, problems);
  EXPECT_THAT(problems.lines(), ElementsAre("--set : is no key, allowed: names joined by dots, such as listen.port",
                                            "--set a b: is no key, allowed: names joined by dots, such as listen.port",
                                            "--set a..b: is no key, allowed: names joined by dots, such as listen.port",
                                            "--set listen.port: has no value, allowed: --set KEY=VALUE"));
}

TEST(ParseDocument, DoesNotLetASettingCarryFurtherKeys) {
  ConfigProblems problems;
  const std::vector<std::string> settings{"a=1\nb = 2"};
  const ConfigDocument document = parse_document("", "f.toml", settings, problems);
  EXPECT_THAT(problems.lines(), IsEmpty());
  EXPECT_EQ(document.root.size(), 1u);
  EXPECT_EQ(document.root["a"].value<std::string>(), "1\nb = 2");
}

TEST(ParseDocument, SetsThePluginsTablesApart) {
  ConfigProblems problems;
  const std::vector<std::string> settings{"plugins.b.key=1", "plugins.adapter=b"};
  const ConfigDocument document =
      parse_document("[plugins]\nadapter = \"a\"\n[plugins.a]\nx = 1\n", "f.toml", settings, problems);
  EXPECT_EQ(document.root["plugins"]["adapter"].value<std::string>(), "b");
  ASSERT_EQ(document.plugins.size(), 2u);
  EXPECT_EQ(document.plugins.at("a")["x"].value<int>(), 1);
  EXPECT_EQ(document.plugins.at("b")["key"].value<int>(), 1);
}

TEST(LoadDocument, NamesAFileThatCannotBeRead) {
  ConfigProblems problems;
  load_document("/nonexistent/x.toml", {}, problems);
  EXPECT_THAT(problems.lines(), ElementsAre("/nonexistent/x.toml: cannot be read: No such file or directory"));
}

}  // namespace
}  // namespace signaling::server
