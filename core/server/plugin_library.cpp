#include <cstddef>
#include <cstring>
#include <mutex>
#include <vector>

#include <boost/dll/shared_library.hpp>

#include <signaling/plugin_api/api_hash.hpp>
#include <signaling/server/manifest_check.hpp>
#include <signaling/server/plugin_file.hpp>
#include <signaling/server/plugin_library.hpp>

namespace signaling::server {

namespace {

/// Keeps the library until the process ends. The list is never destroyed either: at exit a plugin's objects may still be in
/// use.
void keep_forever(boost::dll::shared_library library) {
  static std::mutex mutex;
  static auto& libraries = *new std::vector<boost::dll::shared_library>;
  const std::lock_guard lock(mutex);
  libraries.push_back(std::move(library));
}

PluginFailure not_found(std::string_view name, const PluginSearch& search) {
  std::string text = "plugin \"" + std::string(name) + "\": not found";
  if (search.tried.empty()) text += ": [plugins] directories is empty";
  const char* separator = ", tried: ";
  for (const std::filesystem::path& path : search.tried) {
    text += separator + path.string();
    separator = ", ";
  }
  return {PluginError::not_found, std::string(name), std::move(text)};
}

/// Boost.DLL wraps the linker's message, which names file and symbol: that alone is told.
std::string linker_message(std::string text) {
  constexpr std::string_view before = "(dlerror system message: ";
  const std::size_t at = text.find(before);
  if (at == std::string::npos) return text;
  text.erase(0, at + before.size());
  const std::size_t end = text.rfind(')');
  if (end != std::string::npos) text.erase(end);
  return text;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text.append(text.empty() ? "" : "; ").append(part);
  return text;
}

std::string remedy(PluginError error) {
  switch (error) {
    case PluginError::bad_manifest:
    case PluginError::api_version:
    case PluginError::toolchain: return ". Rebuild it against the SDK of this server (find_package(Signaling))";
    case PluginError::identity: return ". Name it under the key of its kind in [plugins], and do not rename the file";
    default: return {};
  }
}

}  // namespace

std::string plugin_message(std::string_view name, const std::filesystem::path& file, std::string_view text) {
  std::string message = "plugin \"" + std::string(name) + "\"";
  if (!file.empty()) message += " (" + file.string() + ")";
  return message.append(": ").append(text);
}

std::variant<PluginLibrary, PluginFailure> load_plugin(std::string_view name_or_path, std::string_view kind,
                                                       std::span<const std::filesystem::path> directories) {
  const std::string name = plugin_name(name_or_path);
  const PluginSearch search = find_plugin(name_or_path, directories);
  if (search.file.empty()) return not_found(name, search);
  const auto fail = [&](PluginError error, std::string_view text) {
    return PluginFailure{error, name, plugin_message(name, search.file, text)};
  };

  const ManifestRead read = read_manifest(search.file);
  if (!read.error.empty()) return fail(PluginError::not_a_plugin, "is no plugin: " + read.error);
  const ManifestVerdict verdict = check_manifest(read.manifest, {.name = name, .kind = kind});
  if (verdict.error) {
    return fail(*verdict.error, "cannot be used: " + joined(verdict.differences) + remedy(*verdict.error));
  }

  PluginLibrary result{name, search.file, nullptr, {}};
  try {
    using boost::dll::load_mode::rtld_local;
    using boost::dll::load_mode::rtld_now;
    boost::dll::shared_library library(search.file, rtld_now | rtld_local);
    result.manifest = &library.get<const plugin_api::Manifest>(plugin_api::manifest_symbol);
    keep_forever(std::move(library));
  } catch (const std::exception& error) {
    return fail(PluginError::cannot_load, "cannot be loaded: " + linker_message(error.what()));
  }
  if (std::memcmp(result.manifest, &read.manifest, offsetof(plugin_api::Manifest, schema)) != 0) {
    return fail(PluginError::bad_manifest,
                "cannot be used: its manifest is not the one that was checked; was the file replaced?");
  }
  if (result.manifest->create == nullptr || result.manifest->destroy == nullptr ||
      (result.manifest->schema == nullptr && result.manifest->schema_size != 0)) {
    return fail(PluginError::bad_manifest, "cannot be used: create, destroy or schema of its manifest is missing");
  }
  if (manifest_text(result.manifest->api_hash) != plugin_api::api_hash) {
    result.note = "built from other SDK headers of API " + std::to_string(result.manifest->api_major) + "." +
                  std::to_string(result.manifest->api_minor) + " than this server";
  }
  return result;
}

}  // namespace signaling::server
