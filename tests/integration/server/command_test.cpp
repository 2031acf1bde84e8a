// What the binary does with its command line and configuration without serving anybody.

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <support/toml_lines.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server_process.hpp"

namespace signaling::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Command, TellsItsVersionAndHelp) {
  const Outcome version = run_server({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_THAT(version.output, StartsWith("signaling-server "));
  EXPECT_THAT(version.output, HasSubstr("plugin API "));
  const Outcome help = run_server({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.output, HasSubstr("exit codes:"));
  EXPECT_THAT(help.output, HasSubstr("see config/memory.toml\n")) << "what a build tree has";
}

TEST(Command, RefusesAWrongCommandLineWithOneLine) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{},
                                                                                         {"--check"},
                                                                                         {"--chek", "--config", "x"},
                                                                                         {"--config"},
                                                                                         {"stray"},
                                                                                         {"--version", "--help"},
                                                                                         {"--list-plugins=xml"}}) {
    const Outcome outcome = run_server(arguments);
    EXPECT_EQ(outcome.code, 2) << ::testing::PrintToString(arguments);
    EXPECT_THAT(outcome.errors, StartsWith("signaling-server: "));
    EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
  }
}

TEST(Command, ChecksTheConfigurationThatIsShipped) {
  const Outcome outcome = run_server({"--config", memory_toml(), "--check"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.errors, "");
}

TEST(Command, PrintsEveryErrorWithItsPlace) {
  const std::string file = temporary_file("wrong.toml", R"([listen]
prot = 1
[engine]
ping_interval = "soon"
[log]
level = "${NO_SUCH_VARIABLE}"
[www]
enabled = true
directory = "/no/such/directory"
[plugins]
adapter = "memory_adapter"
applications = ["webrtc_signaling"]
[plugins.memory_adapter]
max_rooms = "many"
[plugins.webrtc_signaling]
nmaespace = "/"
turn_secret = "s"
)");
  const Outcome outcome = run_server({"--config", file, "--set", "admin.port=70000", "--check"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("--set admin.port: 70000 is out of range, allowed: an integer from 0 to 65535\n"));
  EXPECT_THAT(outcome.errors, HasSubstr(file + ":2:1: listen.prot: unknown key, did you mean listen.port?\n"));
  EXPECT_THAT(outcome.errors, HasSubstr(file + ":4:17: engine.ping_interval: \"soon\" is no duration, allowed: "));
  EXPECT_THAT(outcome.errors, HasSubstr(file + ":6:9: log.level: environment variable NO_SUCH_VARIABLE is not set"));
  EXPECT_THAT(outcome.errors, HasSubstr(file + ":9:13: www.directory: "));
  EXPECT_THAT(outcome.errors,
              HasSubstr(file + ":14:13: plugins.memory_adapter.max_rooms: found a string, allowed: an integer"));
  EXPECT_THAT(
      outcome.errors,
      HasSubstr(file +
                ":16:1: plugins.webrtc_signaling.nmaespace: unknown key, did you mean plugins.webrtc_signaling.namespace?\n"));
  EXPECT_EQ(outcome.output, "");
  // Without --check the same, and nothing starts.
  const Outcome run = run_server({"--config", file, "--set", "admin.port=70000"});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.errors, outcome.errors);
}

TEST(Command, NamesAFileThatCannotBeReadOrParsed) {
  const Outcome missing = run_server({"--config", "/no/such/file.toml", "--check"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.errors, HasSubstr("/no/such/file.toml: cannot be read: No such file or directory\n"));
  const std::string file = temporary_file("syntax.toml", "[listen\nport = 3\n");
  const Outcome syntax = run_server({"--config", file, "--check"});
  EXPECT_EQ(syntax.code, 1);
  EXPECT_THAT(syntax.errors, StartsWith(file + ":1:8: TOML syntax: "));
}

TEST(Command, TakesValuesFromTheEnvironment) {
  const std::string file = temporary_file("environment.toml", "[listen]\nport = \"${SIGNALING_TEST_PORT:-3000}\"\n");
  EXPECT_THAT(run_server({"--config", file, "--print-config"}).output, HasSubstr("\nport = 3000\n"));
  EXPECT_THAT(run_server({"--config", file, "--print-config"}, {{"SIGNALING_TEST_PORT", "3101"}}).output,
              HasSubstr("\nport = 3101\n"));
  const Outcome wrong = run_server({"--config", file, "--check"}, {{"SIGNALING_TEST_PORT", "many"}});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_EQ(wrong.errors, file + ":2:8: listen.port: \"many\" is no integer, allowed: an integer from 0 to 65535\n");
}

TEST(Command, PrintsAConfigurationThatItReadsBack) {
  const std::vector<std::string> settings{"--set", "listen.port=3101",
                                          "--set", "node.name=n1",
                                          "--set", "plugins.webrtc_signaling.turn_secret=hush-hush",
                                          "--set", "plugins.webrtc_signaling.turn_urls=[\"turn:t.example.org\"]"};
  std::vector<std::string> arguments{"--config", memory_toml(), "--print-config"};
  arguments.insert(arguments.end(), settings.begin(), settings.end());
  const Outcome first = run_server(arguments);
  ASSERT_EQ(first.code, 0) << first.errors;
  EXPECT_THAT(first.output, HasSubstr("\nport = 3101\n"));
  EXPECT_THAT(first.output, HasSubstr("\nname = \"n1\"\n"));
  EXPECT_THAT(first.output, HasSubstr("\nturn_secret = \"***\"\n"));
  EXPECT_THAT(first.output, Not(HasSubstr("hush-hush")));
  const Outcome second = run_server({"--config", temporary_file("printed.toml", first.output), "--print-config"});
  EXPECT_EQ(second.code, 0) << second.errors;
  EXPECT_EQ(second.output, first.output);
}

/// config_files_test.cpp does the same for the server's own keys.
TEST(Command, FindsEveryKeyOfTheBundledPluginsInMemoryToml) {
  const Outcome printed = run_server({"--config", memory_toml(), "--print-config"});
  ASSERT_EQ(printed.code, 0);
  std::ostringstream text;
  text << std::ifstream(memory_toml()).rdbuf();
  std::map<std::string, std::string> documented;
  for (const TomlLine& line : toml_lines(text.str())) {
    std::string& value = documented[line.full_name()] = line.value;
    if (value.ends_with(" # reloads")) value.erase(value.find_last_not_of(' ', value.rfind(" # reloads")) + 1);
  }
  const auto without_underscores = [](std::string value) {
    value.erase(std::remove(value.begin(), value.end(), '_'), value.end());
    return value;
  };
  std::size_t keys = 0;
  for (const TomlLine& line : toml_lines(printed.output)) {
    if (!line.section.starts_with("plugins.")) continue;
    ++keys;
    ASSERT_TRUE(documented.contains(line.full_name())) << line.full_name() << " is not in config/memory.toml";
    if (line.is_commented) continue;  // has no default
    EXPECT_EQ(without_underscores(documented[line.full_name()]), without_underscores(line.value)) << line.full_name();
  }
  EXPECT_GT(keys, 10u);
}

TEST(Command, ListsPluginsWithoutRunningThem) {
  const Outcome table = run_server({"--list-plugins"});
  EXPECT_EQ(table.code, 0);
  EXPECT_THAT(table.output, HasSubstr("memory_adapter"));
  EXPECT_THAT(table.output, HasSubstr("webrtc_signaling"));
  const Outcome json = run_server({"--list-plugins=json", "--config", memory_toml()});
  EXPECT_EQ(json.code, 0);
  EXPECT_THAT(json.output, HasSubstr("\"memory_adapter\""));
}

TEST(Command, NamesAPluginThatIsNotThere) {
  const std::vector<std::string> arguments{"--config", memory_toml(),   "--set", "plugins.adapter=no_such_adapter",
                                           "--set",    "listen.port=0", "--set", "admin.port=0"};
  const Outcome run = run_server(arguments);
  EXPECT_EQ(run.code, 10);
  EXPECT_THAT(run.errors, HasSubstr("no_such_adapter"));
  std::vector<std::string> check = arguments;
  check.push_back("--check");
  EXPECT_EQ(run_server(check).code, 1);
}

TEST(Command, NamesACertificateThatCannotBeRead) {
  const std::vector<std::string> arguments{"--config", memory_toml(),
                                           "--set",    "listen.tls.certificate_file=/no/such.pem",
                                           "--set",    "listen.tls.key_file=/no/such.key",
                                           "--set",    "listen.port=0",
                                           "--set",    "admin.port=0"};
  const Outcome run = run_server(arguments);
  EXPECT_EQ(run.code, 3);
  EXPECT_THAT(run.errors, HasSubstr("/no/such.pem"));
  std::vector<std::string> check = arguments;
  check.push_back("--check");
  const Outcome checked = run_server(check);
  EXPECT_EQ(checked.code, 1);
  EXPECT_THAT(checked.errors, HasSubstr("/no/such.pem"));
}

}  // namespace
}  // namespace signaling::test
