#include <signaling/server/install_layout.hpp>

namespace signaling::server {

std::filesystem::path installation_prefix() {
  std::error_code error;
  const std::filesystem::path binary = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::current_path() : binary.parent_path().parent_path();
}

std::filesystem::path find_directory(const std::string& directory, const std::filesystem::path& prefix) {
  const std::filesystem::path path(directory);
  if (path.is_absolute()) return path;
  for (const char* below : {".", SIGNALING_LIBRARY_DIRECTORY, SIGNALING_DATA_DIRECTORY}) {
    std::error_code error;
    const std::filesystem::path candidate = (prefix / below / path).lexically_normal();
    if (std::filesystem::is_directory(candidate, error)) return candidate;
  }
  return (prefix / path).lexically_normal();
}

}  // namespace signaling::server
