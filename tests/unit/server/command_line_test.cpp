#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/server/command_line.hpp>

namespace signaling::server {
namespace {

using Action = CommandLine::Action;
using ::testing::ElementsAre;

std::string error_of(const std::vector<std::string>& arguments) {
  try {
    parse_command_line(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

TEST(ParseCommandLine, TakesAFileAndSettings) {
  const CommandLine line = parse_command_line({"--config", "f.toml", "--set", "a=1", "--set=b=x=y"});
  EXPECT_EQ(line.action, Action::run);
  EXPECT_EQ(line.config, "f.toml");
  EXPECT_THAT(line.settings, ElementsAre("a=1", "b=x=y"));
}

TEST(ParseCommandLine, KnowsItsActions) {
  EXPECT_EQ(parse_command_line({"--config=f", "--check"}).action, Action::check);
  EXPECT_EQ(parse_command_line({"--config=f", "--print-config"}).action, Action::print_config);
  EXPECT_EQ(parse_command_line({"--list-plugins"}).action, Action::list_plugins);
  EXPECT_FALSE(parse_command_line({"--list-plugins"}).json);
  EXPECT_TRUE(parse_command_line({"--list-plugins=json"}).json);
  EXPECT_EQ(parse_command_line({"--version"}).action, Action::version);
  EXPECT_EQ(parse_command_line({"--help"}).action, Action::help);
}

TEST(ParseCommandLine, RefusesWhatIsNoUse) {
  EXPECT_EQ(error_of({}), "--config FILE is needed, such as --config config/memory.toml");
  EXPECT_EQ(error_of({"--print-config"}), "--config FILE is needed, such as --config config/memory.toml");
  EXPECT_EQ(error_of({"--config=f", "--check", "--print-config"}),
            "only one of --check, --print-config, --list-plugins, --version and --help is allowed");
  EXPECT_EQ(error_of({"--list-plugins=xml"}), "--list-plugins takes \"table\" or \"json\", not \"xml\"");
  EXPECT_NE(error_of({"--conf", "f"}), "");  // no abbreviations
  EXPECT_NE(error_of({"f.toml"}), "");
  EXPECT_NE(error_of({"--config=f", "--config=g"}), "");
}

}  // namespace
}  // namespace signaling::server
