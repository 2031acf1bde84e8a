#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <signaling/server/plugin_project.hpp>

namespace signaling::server {

namespace {

namespace fs = std::filesystem;

// Room for `_test`, and what the manifest takes.
constexpr std::size_t max_name_bytes = 48;

bool is_plugin_name(std::string_view name) {
  return !name.empty() && name.size() <= max_name_bytes && name.front() >= 'a' && name.front() <= 'z' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::string replaced(std::string text, std::string_view word, std::string_view by) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size()))
    text.replace(at, word.size(), by);
  return text;
}

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) throw std::runtime_error(file.string() + ": cannot be read");
  return text.str();
}

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  stream.flush();
  if (!stream) throw std::runtime_error(file.string() + ": cannot be written");
}

}  // namespace

std::string class_name(std::string_view plugin) {
  std::string name;
  bool is_first = true;
  for (const char c : plugin) {
    if (c != '_') name.push_back(is_first ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c);
    is_first = c == '_';
  }
  return name;
}

std::vector<fs::path> lay_down_plugin(std::string_view name, std::string_view kind, const fs::path& directory,
                                      const fs::path& templates) {
  if (!is_plugin_name(name))
    throw std::runtime_error("\"" + std::string(name) +
                             "\" is no name of a plugin: a-z, 0-9 and _ alone, a letter first, at most " +
                             std::to_string(max_name_bytes) + " characters");
  const fs::path source = templates / kind;
  if (!fs::is_directory(source))
    throw std::runtime_error(
        "the package signaling-server-dev is not installed, which has the templates of new plugins (none in " +
        templates.string() + "; from source: cmake --install build/release --component sdk)");
  if (fs::exists(directory) && (!fs::is_directory(directory) || !fs::is_empty(directory)))
    throw std::runtime_error(directory.string() + ": there is something already; nothing was written");

  const std::string type = class_name(name);
  const auto filled = [&](std::string text) { return replaced(replaced(std::move(text), "@name@", name), "@Name@", type); };
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(source)) {
    if (!entry.is_regular_file()) continue;
    const fs::path file = filled(entry.path().lexically_relative(source).string());
    write(directory / file, filled(read(entry.path())));
    files.push_back(file);
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace signaling::server
