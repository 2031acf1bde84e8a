#pragma once
// A configuration file with what `--set` put over it, before any schema is applied.

#include <map>
#include <span>
#include <string>

#include <toml++/toml.h>

#include <signaling/server/config_problems.hpp>

namespace signaling::server {

struct ConfigDocument {
  std::string file;                            ///< as given; goes into every message
  toml::table root;                            ///< without the tables of plugins
  std::map<std::string, toml::table> plugins;  ///< `[plugins.<name>]` by name

  ConfigPlace place() const { return {file, 0, 0}; }
};

/// Reads `file` and puts `settings` (`KEY=VALUE`, KEY a dotted path, VALUE in TOML or else taken as a string) over it, the last
/// one winning; a table given so is merged, anything else replaces. Problems: file not readable, TOML syntax with its position,
/// a setting without `=` or with a malformed key.
ConfigDocument load_document(const std::string& file, std::span<const std::string> settings, ConfigProblems& problems);
/// The same with the file's text given.
ConfigDocument parse_document(std::string_view text, const std::string& file, std::span<const std::string> settings,
                              ConfigProblems& problems);

}  // namespace signaling::server
