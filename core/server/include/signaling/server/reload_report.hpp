#pragma once
// What became of a reload, for people and programs.

#include <string>
#include <string_view>
#include <vector>

#include <spdlog/logger.h>

namespace signaling::server {

/// One key whose value is another than before.
struct ConfigChange {
  std::string key;     ///< full name: `limits.max_connections`
  std::string before;  ///< as TOML, secrets as `"***"`; `(none)` where there was no value
  std::string after;
  bool needs_restart = false;  ///< the value before stays in force

  /// `key: before -> after`
  std::string text() const;
};

struct ReloadReport {
  std::vector<std::string> problems;  ///< complete lines; any: nothing was changed
  std::vector<ConfigChange> changes;
  std::vector<std::string> notes;  ///< of things that were read anew though no key changed

  bool is_refused() const noexcept { return !problems.empty(); }
  /// `{"status":"reloaded","changed":[{"key":…,"old":…,"new":…}],"needs_restart":[…],"notes":[…]}`, or
  /// `{"status":"refused","problems":[…]}`. Ends with a line end.
  std::string json() const;
  /// A line for each problem, or for each change and note, and one that sums up. @param file  of the configuration
  void log(spdlog::logger& log, std::string_view file) const;
};

}  // namespace signaling::server
