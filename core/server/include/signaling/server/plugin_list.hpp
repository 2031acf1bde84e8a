#pragma once
// `--list-plugins`: what is in the plugin directories, told from the files beside the libraries. Runs no code of any plugin.

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

namespace signaling::server {

struct ListedPlugin {
  std::filesystem::path file;  ///< the library
  std::string name;            ///< that of the file; the other texts are empty where there is no readable `<name>.json`
  std::string kind;
  std::string version;
  std::string vendor;
  std::string capabilities;
  std::string api;  ///< `major.minor`
  std::string toolchain;
  /// Empty: this server can use it. Else why not, all of it.
  std::string problem;
};

/// Every `*.so` of each directory, by directory and name. One that an earlier directory hides is listed as such. A directory
/// that is not there is listed as empty.
std::vector<ListedPlugin> list_plugins(std::span<const std::filesystem::path> directories);

/// A table for people.
void print_plugin_table(std::ostream& out, std::span<const ListedPlugin> plugins,
                        std::span<const std::filesystem::path> directories);
/// A JSON array of objects, one a line.
void print_plugin_json(std::ostream& out, std::span<const ListedPlugin> plugins);

}  // namespace signaling::server
