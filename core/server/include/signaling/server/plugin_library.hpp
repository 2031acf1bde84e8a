#pragma once
// A plugin's shared library, found, checked and loaded.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include <signaling/plugin_api/manifest.hpp>
#include <signaling/server/plugin_error.hpp>

namespace signaling::server {

struct PluginLibrary {
  std::string name;
  std::filesystem::path file;
  const plugin_api::Manifest* manifest = nullptr;  ///< in the library
  /// Not empty: it fits, and was built from other headers of the same version; worth a warning.
  std::string note;
};

/// Finds `name_or_path`, checks the file and its manifest before any code of it runs, then loads it with `rtld_now |
/// rtld_local`: all symbols are bound now, and none is seen by other plugins. A failure tells every difference at once.
///
/// A library is never unloaded: threads, thread-local objects, exceptions and interned texts of it may live until the process
/// ends. Loading the same file again gives the same library. [any thread]
std::variant<PluginLibrary, PluginFailure> load_plugin(std::string_view name_or_path, std::string_view kind,
                                                       std::span<const std::filesystem::path> directories);

/// `plugin "name" (file): text`.
std::string plugin_message(std::string_view name, const std::filesystem::path& file, std::string_view text);

}  // namespace signaling::server
