#pragma once
// What `signaling-server` is asked to do.

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace signaling::server {

struct CommandLine {
  enum class Action { run, check, print_config, list_plugins, new_plugin, version, help };
  Action action = Action::run;
  std::string config;                 ///< file; always there for run, check and print_config
  std::vector<std::string> settings;  ///< `KEY=VALUE`, in order
  bool json = false;                  ///< list_plugins: JSON instead of a table
  // new_plugin
  std::string plugin_name;
  std::string plugin_kind;  ///< application, middleware or adapter
  std::string directory;    ///< of the project
};

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// @param arguments  without the program's name. @throws UsageError whose text says what is wrong and what is allowed.
CommandLine parse_command_line(const std::vector<std::string>& arguments);
/// Text of `--help`, exit codes included.
std::string help_text();

}  // namespace signaling::server
