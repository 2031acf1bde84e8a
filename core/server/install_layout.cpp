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

bool is_installed(const std::filesystem::path& prefix) {
  std::error_code error;
  return std::filesystem::is_directory(prefix / SIGNALING_DATA_DIRECTORY, error) ||
         std::filesystem::is_directory(prefix / SIGNALING_LIBRARY_DIRECTORY, error);
}

std::filesystem::path find_data_directory(const std::string& directory, const std::filesystem::path& prefix) {
  std::filesystem::path found = find_directory(directory, prefix);
  std::error_code error;
  const bool is_settled = std::filesystem::path(directory).is_absolute() || std::filesystem::is_directory(found, error);
  if (is_settled || !is_installed(prefix)) return found;
  return (prefix / SIGNALING_DATA_DIRECTORY / directory).lexically_normal();
}

std::filesystem::path documented_configuration(const std::filesystem::path& prefix) {
  const std::filesystem::path in_source_tree = "config/memory.toml";
  if (!is_installed(prefix)) return in_source_tree;
  // What may be changed lies in /etc for a prefix of /usr (the package), and in the image for /usr/local too.
  for (const std::filesystem::path& root : {prefix, prefix.parent_path(), std::filesystem::path("/")}) {
    std::error_code error;
    std::filesystem::path candidate = root / SIGNALING_CONFIGURATION_DIRECTORY / "memory.toml";
    if (std::filesystem::is_regular_file(candidate, error)) return candidate;
  }
  return in_source_tree;
}

}  // namespace signaling::server
