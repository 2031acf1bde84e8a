#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace signaling::plugin_check {

namespace {

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(", ", at), text.size());
    if (end > at) all.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

std::size_t number(const std::string& key, const std::string& text) {
  std::size_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem != std::errc() || end != text.data() + text.size() || count == 0)
    throw UsageError(key + ": a number from 1 on is wanted, not \"" + text + "\"");
  return count;
}

std::string read_table(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw UsageError(path + ": cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  std::string table = text.str();
  constexpr std::string_view unique = "{unique}";
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  const std::string word = "run-" + std::to_string(::getpid()) + "-" + std::to_string(now);
  for (auto at = table.find(unique); at != std::string::npos; at = table.find(unique)) table.replace(at, unique.size(), word);
  return table;
}

}  // namespace

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (!argument.starts_with("--")) {
      if (!options.plugin.empty()) throw UsageError("one plugin at a time: \"" + argument + "\" is too many");
      options.plugin = std::filesystem::absolute(argument).lexically_normal();
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string key = argument.substr(0, equals);
    if (key == "--json" || key == "--help") {
      (key == "--json" ? options.is_json : options.wants_help) = true;
      continue;
    }
    const auto value = [&]() -> std::string {
      if (equals != std::string::npos) return argument.substr(equals + 1);
      if (i + 1 == arguments.size()) throw UsageError(key + " needs a value");
      return arguments[++i];
    };
    if (key == "--config") {
      options.table_file = value();
      options.table = read_table(options.table_file);
    } else if (key == "--only") {
      options.only = words(value());
    } else if (key == "--events") {
      options.events = words(value());
    } else if (key == "--capabilities") {
      options.capabilities = words(value());
    } else if (key == "--history-max-items") {
      options.history_max_items = number(key, value());
    } else if (key == "--time-limit") {
      options.time_limit = std::chrono::seconds(number(key, value()));
    } else {
      throw UsageError("unknown option " + key);
    }
  }
  if (options.plugin.empty() && !options.wants_help)
    throw UsageError("which plugin? signaling-plugin-check build/plugins/chat.so");
  return options;
}

std::string help_text() {
  return R"(usage: signaling-plugin-check PLUGIN.so [option]...

Checks a plugin without a server: its manifest (read without running its code), that it loads, what it exports, its schema, its
life cycle, then what the interface of its kind demands, each in a process of its own with a time limit.

  --config FILE             TOML file with the keys of the plugin's own table; "{unique}" in it becomes a word of this run alone
  --only WORDS              only checks whose names hold one of the words (separated by commas), such as life,schema
  --events WORDS            names of events that the plugin handles, for the odd input that it is given
  --capabilities WORDS      what the manifest must declare, no more and no fewer
  --history-max-items N     adapters with a history and no key history_max_items: how much they keep of a topic
  --time-limit SECONDS      of each check; default 30, contract tests of adapters 120
  --json                    prints the report as JSON
  --help                    prints this, and ends

exit codes:
  0  every check passed (warnings may be among them)
  1  a check failed
  2  nothing was checked: the command line is wrong, or there is no such file
)";
}

}  // namespace signaling::plugin_check
