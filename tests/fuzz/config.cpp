// A configuration file under any bytes: it has problems that name a place, or it can be printed, and the print says the same.
// The first line is a setting of the command line, where it begins with `#--set `. Plugins' tables are held to a schema of all
// types.

#include <limits>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/server/config.hpp>

#include "expect.hpp"

namespace {

using namespace signaling::server;

constexpr std::int64_t no_maximum = std::numeric_limits<std::int64_t>::max();
constexpr std::string_view setting_mark = "#--set ";

const ConfigKey plugin_schema[] = {
    {"name", KeyType::string, nullptr, 1, 8, nullptr, false, false, false, ""},
    {"level", KeyType::string, "\"info\"", 0, 0, "debug|info|warn", false, false, false, ""},
    {"size", KeyType::integer, "10", 1, no_maximum, nullptr, false, false, false, ""},
    {"enabled", KeyType::boolean, "true", 0, 0, nullptr, false, false, false, ""},
    {"wait", KeyType::duration, "\"25s\"", 1'000, 3'600'000, nullptr, false, false, false, ""},
    {"words", KeyType::string_list, "[\"a\"]", 0, 3, nullptr, false, false, false, ""},
    {"tls.key", KeyType::string, nullptr, 0, 0, nullptr, false, false, false, ""},
    {"levels.*", KeyType::string, nullptr, 0, 0, "debug|info|warn", false, false, false, ""},
    {"servers", KeyType::table_list, nullptr, 0, 2, nullptr, false, false, false, ""},
    {"servers.url", KeyType::string, nullptr, 0, 0, nullptr, false, true, false, ""},
    {"servers.weight", KeyType::integer, "1", 1, 10, nullptr, false, false, false, ""},
};

std::optional<std::string> environment(std::string_view name) {
  if (name == "PORT") return "3101";
  if (name == "NO") return "false";
  if (name == "WORDS") return "b, c";
  if (name == "WAIT") return "2s";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

struct Loaded {
  std::vector<std::string> problems;
  std::string printed;
};

Loaded load(std::string_view text, const std::vector<std::string>& settings) {
  ConfigProblems problems;
  const Configuration configuration =
      check_configuration(parse_document(text, "f.toml", settings, problems), environment, problems);
  std::ostringstream printed;
  configuration.table.print(printed);
  for (const auto& [name, table] : configuration.document.plugins) {
    const ConfigTable plugin(plugin_schema, {&table, "plugins.\"" + name + "\"", configuration.document.place()}, environment,
                             problems);
    // Names of plugins are those of files, and are checked as such elsewhere.
    if (name == "p") {
      std::ostringstream own;
      ConfigTable(plugin_schema, {&table, "plugins.p", configuration.document.place()}, environment, problems).print(own);
      printed << '\n' << own.str();
    }
  }
  return {problems.lines(), printed.str()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> settings;
  if (text.starts_with(setting_mark)) settings.emplace_back(text.substr(0, text.find('\n')).substr(setting_mark.size()));
  const Loaded loaded = load(text, settings);
  for (const std::string& problem : loaded.problems) {
    SIGNALING_FUZZ_EXPECT(problem.starts_with("f.toml") || problem.starts_with("--set "));
  }
  // A masked secret is another value.
  if (!loaded.problems.empty() || loaded.printed.find("\"***\"") != std::string::npos) return 0;
  const Loaded again = load(loaded.printed, {});
  SIGNALING_FUZZ_EXPECT(again.problems.empty());
  SIGNALING_FUZZ_EXPECT(again.printed == loaded.printed);
  return 0;
}
