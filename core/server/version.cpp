#include <signaling/plugin_api/version.hpp>
#include <signaling/server/version.hpp>

namespace signaling::server {

std::string_view server_version() noexcept { return SIGNALING_VERSION; }

std::string_view compiler_version() noexcept {
#if defined(__clang__)
  return "Clang " __clang_version__;
#else
  return "GCC " __VERSION__;
#endif
}

std::string version_line() {
  return "signaling-server " + std::string(server_version()) + " (plugin API " + std::to_string(plugin_api::api_major) + "." +
         std::to_string(plugin_api::api_minor) + ", " + std::string(compiler_version()) + ")";
}

}  // namespace signaling::server
