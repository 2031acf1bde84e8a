#pragma once
// What is wrong with a configuration: all of it, each with the place where it was written.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signaling::server {

/// Where a value was written.
struct ConfigPlace {
  std::string source;        ///< file name as it was given, or the whole `--set KEY=VALUE`
  std::uint32_t line = 0;    ///< from 1; 0: the source as a whole
  std::uint32_t column = 0;  ///< from 1

  bool is_command_line() const noexcept { return source.starts_with("--set "); }
  /// `--set KEY=VALUE`: the key; empty otherwise.
  std::string_view set_key() const noexcept;
  /// `--set KEY=VALUE`: the value as it was typed; empty otherwise.
  std::string_view set_value() const noexcept;
};

/// `file:line:column: key: message`, or `--set KEY: message` for a value from the command line.
std::string to_text(const ConfigPlace& place, std::string_view key, std::string_view message);

/// Collects problems; nothing stops at the first. One thread.
class ConfigProblems {
 public:
  void add(ConfigPlace place, std::string_view key, std::string_view message);

  bool empty() const noexcept { return entries_.empty(); }
  std::size_t size() const noexcept { return entries_.size(); }
  /// One line each, in order of place.
  std::vector<std::string> lines() const;

 private:
  struct Entry {
    ConfigPlace place;
    std::string line;
  };
  std::vector<Entry> entries_;
};

}  // namespace signaling::server
