#pragma once
// A plugin's library opened by path, for tests that need no host's checks.

#include <string>

#include <signaling/plugin_api/manifest.hpp>

namespace signaling::testing {

/// Stays loaded until the process ends, as in the server.
class PluginLibrary {
 public:
  /// Throws std::runtime_error where the library or its manifest cannot be had.
  explicit PluginLibrary(const std::string& path);
  const plugin_api::Manifest& manifest() const noexcept { return *manifest_; }

 private:
  const plugin_api::Manifest* manifest_;
};

}  // namespace signaling::testing
