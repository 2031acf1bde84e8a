#pragma once
// What `signaling-plugin-check` is asked to do.

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace signaling::plugin_check {

struct Options {
  std::string plugin;                                    ///< path of the library
  std::string table;                                     ///< TOML: the keys of the plugin's own table
  std::string table_file;                                ///< where it stood, for messages
  std::vector<std::string> only;                         ///< a check is run where its name holds one of them; empty: all are
  std::vector<std::string> events;                       ///< names of events that the plugin handles
  std::optional<std::vector<std::string>> capabilities;  ///< those that the manifest must have, no more and no fewer
  std::optional<std::size_t> history_max_items;    ///< what an adapter keeps of a topic, where no key of its table says so
  std::optional<std::chrono::seconds> time_limit;  ///< of each check; else as long as that check has
  bool is_json = false;
  bool wants_help = false;
};

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Reads the table as well. @throws UsageError whose text says what is wrong.
Options parse_options(const std::vector<std::string>& arguments);
std::string help_text();

}  // namespace signaling::plugin_check
