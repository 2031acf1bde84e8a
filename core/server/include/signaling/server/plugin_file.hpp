#pragma once
// A plugin as a file: finding it, and reading its manifest out of the bytes. Nothing here loads a library or runs its code.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/manifest.hpp>

namespace signaling::server {

/// `redis_adapter` for `redis_adapter`, and for `/opt/plugins/redis_adapter.so`.
std::string plugin_name(std::string_view name_or_path);

struct PluginSearch {
  std::filesystem::path file;                ///< absolute; empty where nothing was found
  std::vector<std::filesystem::path> tried;  ///< in order
};

/// Looks for `<name>.so` in each directory, in order. What contains a `/` is a path, and is taken as it is.
PluginSearch find_plugin(std::string_view name_or_path, std::span<const std::filesystem::path> directories);

struct ManifestRead {
  /// As it stands in the file: zero behind the bytes that the library has; its pointers mean nothing.
  plugin_api::Manifest manifest{};
  std::string error;  ///< not empty: why there is no manifest
};

/// Reads the exported manifest through the ELF tables. Every offset of the file is checked: a broken or hostile file gives an
/// error. Done before loading, since a library of another toolchain does not even load (a sanitizer's symbols are missing), and
/// its message would hide the cause; and since loading already runs its constructors.
ManifestRead read_manifest(const std::filesystem::path& file);

}  // namespace signaling::server
