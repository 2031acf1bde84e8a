#include "read_config.hpp"

#include <fstream>
#include <sstream>

namespace signaling::broker_parts {

using plugin_api::ConfigView;
using plugin_api::Problems;

namespace {

constexpr std::size_t max_secret_bytes = 65'536;

}  // namespace

std::size_t size_of(const ConfigView& config, std::string_view key) { return static_cast<std::size_t>(config.integer(key)); }

std::chrono::milliseconds ms_of(const ConfigView& config, std::string_view key) {
  return std::chrono::milliseconds(config.duration_ms(key));
}

std::vector<std::string> urls_of(const ConfigView& config) {
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < config.size("urls"); ++i) urls.emplace_back(config.string_at("urls", i));
  if (!urls.empty()) return urls;
  std::string_view rest = config.string("url");
  while (true) {
    const std::size_t comma = rest.find(',');
    std::string_view one = rest.substr(0, comma);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    urls.emplace_back(one);
    if (comma == std::string_view::npos) return urls;
    rest.remove_prefix(comma + 1);
  }
}

std::string_view urls_key(const ConfigView& config) { return config.size("urls") != 0 ? "urls" : "url"; }

void read_secret(const ConfigView& config, const std::string& key, std::string& secret, Problems& problems) {
  const std::string file_key = key + "_file";
  if (config.has(key) && config.has(file_key)) return problems.add(file_key, "stands beside " + key + ": give one of the two");
  if (config.has(key)) secret = config.string(key);
  if (!config.has(file_key)) return;
  const std::string path(config.string(file_key));
  std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || text.str().size() > max_secret_bytes) return problems.add(file_key, path + ": cannot be read");
  secret = text.str();
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) problems.add(file_key, path + ": is empty");
}

void read_file_name(const ConfigView& config, std::string_view key, std::string& path, Problems& problems) {
  if (!config.has(key)) return;
  path = config.string(key);
  if (!std::ifstream(path)) problems.add(key, path + ": cannot be read");
}

}  // namespace signaling::broker_parts
