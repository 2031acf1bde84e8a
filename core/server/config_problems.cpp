#include <algorithm>
#include <tuple>

#include <signaling/server/config_problems.hpp>

namespace signaling::server {

namespace {
constexpr std::string_view set_prefix = "--set ";
}

std::string_view ConfigPlace::set_key() const noexcept {
  if (!is_command_line()) return {};
  const std::string_view pair = std::string_view(source).substr(set_prefix.size());
  return pair.substr(0, pair.find('='));
}

std::string_view ConfigPlace::set_value() const noexcept {
  if (!is_command_line()) return {};
  const std::size_t equals = source.find('=');
  return equals == std::string::npos ? std::string_view{} : std::string_view(source).substr(equals + 1);
}

std::string to_text(const ConfigPlace& place, std::string_view key, std::string_view message) {
  std::string text;
  if (place.is_command_line()) {
    text.append(set_prefix).append(place.set_key());
    if (key == place.set_key()) key = {};
  } else {
    text.append(place.source);
    if (place.line != 0) text.append(":").append(std::to_string(place.line)).append(":").append(std::to_string(place.column));
  }
  if (!key.empty()) text.append(": ").append(key);
  return text.append(": ").append(message);
}

void ConfigProblems::add(ConfigPlace place, std::string_view key, std::string_view message) {
  std::string line = to_text(place, key, message);
  entries_.push_back({std::move(place), std::move(line)});
}

std::vector<std::string> ConfigProblems::lines() const {
  std::vector<Entry> entries = entries_;
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.place.source, a.place.line, a.place.column) < std::tie(b.place.source, b.place.line, b.place.column);
  });
  std::vector<std::string> lines;
  for (Entry& entry : entries) lines.push_back(std::move(entry.line));
  return lines;
}

}  // namespace signaling::server
