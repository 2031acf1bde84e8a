#pragma once
// Which plugins a server has, and how long it waits for them: `[plugins]` of the configuration.

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace signaling::server {

/// Plugins are names, or paths where they hold a `/`.
struct PluginSettings {
  std::vector<std::filesystem::path> directories;  ///< searched in order
  std::string adapter;                             ///< empty: none
  std::vector<std::string> middleware;             ///< in the order in which they see things
  std::vector<std::string> applications;
  std::chrono::milliseconds start_timeout{10'000};  ///< for each of create, validate and start
  std::chrono::milliseconds stop_timeout{5'000};    ///< for each of stop and destroy, and beyond the deadline of drain
};

}  // namespace signaling::server
