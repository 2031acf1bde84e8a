#pragma once
// Holds a plugin's manifest against this server. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/manifest.hpp>
#include <signaling/plugin_api/version.hpp>
#include <signaling/server/plugin_error.hpp>

namespace signaling::server {

/// What this server takes.
struct ManifestExpectation {
  std::uint16_t api_major = plugin_api::api_major;
  std::uint16_t api_minor = plugin_api::api_minor;
  std::string_view toolchain = plugin_api::toolchain;
  std::string_view name = {};  ///< empty: any
  std::string_view kind = {};  ///< empty: any
};

struct ManifestVerdict {
  /// Every difference, each with what was found and what is expected; empty where the plugin fits.
  std::vector<std::string> differences;
  /// Class of the first of them, in the order magic, major, minor, size, toolchain, kind, name.
  std::optional<PluginError> error;
};

/// With a wrong magic, size or unterminated text nothing else is compared: the other fields mean nothing then.
ManifestVerdict check_manifest(const plugin_api::Manifest& manifest, const ManifestExpectation& expected);

/// The same for the texts of a manifest file (`--list-plugins`): API as `major.minor`.
ManifestVerdict check_versions(std::string_view api, std::string_view toolchain, const ManifestExpectation& expected);

/// A text of the manifest that may lack its zero.
template <std::size_t size>
std::string_view manifest_text(const char (&text)[size]) noexcept {
  const std::string_view all(text, size);
  return all.substr(0, all.find('\0'));
}

}  // namespace signaling::server
