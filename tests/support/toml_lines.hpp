#pragma once
// The lines of a configuration file as text, those that are commented out included: for tests of what a file documents.

#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace signaling::test {

struct TomlLine {
  std::string section;  ///< of the last `[header]`, `#[header]` or `[[header]]` before it
  std::string key;
  std::string value;  ///< the rest of the line
  bool is_commented = false;
  std::string full_name() const { return section + "." + key; }
};

inline bool is_toml_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.") == std::string_view::npos;
}

/// `[name]` or `[[name]]`.
inline std::optional<std::string> toml_header(std::string_view line) {
  const std::size_t begin = line.find_first_not_of('[');
  const std::size_t end = line.find_last_not_of(']');
  if (begin == 0 || begin == std::string_view::npos || end + 1 == line.size() || end < begin) return std::nullopt;
  const std::string_view name = line.substr(begin, end - begin + 1);
  return is_toml_name(name) ? std::optional<std::string>(name) : std::nullopt;
}

/// Lines `key = value`, `#key = value` and `# key = value`; prose that merely looks so is the author's to avoid.
inline std::vector<TomlLine> toml_lines(const std::string& text) {
  std::vector<TomlLine> lines;
  std::istringstream stream(text);
  std::string section;
  for (std::string whole; std::getline(stream, whole);) {
    std::string_view line = whole;
    const bool is_commented = line.starts_with('#');
    if (is_commented) line.remove_prefix(line.starts_with("# ") ? 2 : 1);
    if (const std::optional<std::string> header = toml_header(line)) {
      section = *header;
      continue;
    }
    const std::size_t equals = line.find(" = ");
    if (equals == std::string_view::npos || !is_toml_name(line.substr(0, equals))) continue;
    lines.push_back({section, std::string(line.substr(0, equals)), std::string(line.substr(equals + 3)), is_commented});
  }
  return lines;
}

}  // namespace signaling::test
