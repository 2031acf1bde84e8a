#include "settings.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>

namespace signaling::nats_adapter {

namespace {

using plugin_api::ConfigView;
using plugin_api::Problems;

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

/// Of the text or of the file, which exclude each other.
void read_secret(const ConfigView& config, const std::string& key, std::string& secret, Problems& problems) {
  const std::string file_key = key + "_file";
  if (config.has(key) && config.has(file_key)) return problems.add(file_key, "stands beside " + key + ": give one of the two");
  if (config.has(key)) secret = config.string(key);
  if (!config.has(file_key)) return;
  const std::string path(config.string(file_key));
  std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || text.str().size() > 65'536) return problems.add(file_key, path + ": cannot be read");
  secret = text.str();
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) problems.add(file_key, path + ": is empty");
}

void read_file_name(const ConfigView& config, const char* key, std::string& path, Problems& problems) {
  if (!config.has(key)) return;
  path = config.string(key);
  if (!std::ifstream(path)) problems.add(key, path + ": cannot be read");
}

void read_urls(const ConfigView& config, Settings& settings, Problems& problems) {
  settings.urls = urls_of(config);
  const char* const key = config.size("urls") != 0 ? "urls" : "url";
  for (const std::string& url : settings.urls) {
    const std::size_t scheme = url.starts_with("nats://") ? 7 : url.starts_with("tls://") ? 6 : 0;
    if (scheme == 0) return problems.add(key, "must begin with nats:// or tls://");
    const std::string_view host = std::string_view(url).substr(std::max(scheme, url.rfind('@') + 1));
    if (host.empty() || host.front() == ':') return problems.add(key, "names no host");
    settings.tls.is_wanted |= scheme == 6;
  }
}

void read_login(const ConfigView& config, Login& login, Problems& problems) {
  if (config.has("username")) login.username = config.string("username");
  read_secret(config, "password", login.password, problems);
  read_secret(config, "token", login.token, problems);
  read_file_name(config, "credentials_file", login.credentials_file, problems);
  if (login.username.empty() != login.password.empty())
    problems.add(login.username.empty() ? "password" : "username", "username and password belong together");
  if (!login.username.empty() + !login.token.empty() + !login.credentials_file.empty() > 1)
    problems.add("username", "username, token and credentials_file exclude each other");
}

}  // namespace

Settings read_settings(const ConfigView& config, Problems& problems) {
  Settings settings;
  read_urls(config, settings, problems);
  read_login(config, settings.login, problems);
  Tls& tls = settings.tls;
  tls.verify = config.boolean("tls_verify");
  read_file_name(config, "tls_ca_file", tls.ca_file, problems);
  read_file_name(config, "tls_cert_file", tls.cert_file, problems);
  read_file_name(config, "tls_key_file", tls.key_file, problems);
  if (config.has("tls_server_name")) tls.server_name = config.string("tls_server_name");
  for (const char* key : {"tls_ca_file", "tls_cert_file", "tls_key_file", "tls_server_name"}) {
    if (config.has(key) && !tls.is_wanted) problems.add(key, "has no meaning without TLS: a URL has to begin with tls://");
  }
  if (tls.cert_file.empty() != tls.key_file.empty())
    problems.add(tls.cert_file.empty() ? "tls_key_file" : "tls_cert_file", "certificate and key belong together");

  settings.prefix = config.string("prefix");
  if (!std::all_of(settings.prefix.begin(), settings.prefix.end(), [](unsigned char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
      }))
    problems.add("prefix", "may hold letters, digits, - and _ alone");
  settings.is_stored_in_files = config.string("storage") == "file";
  settings.replicas = config.integer("replicas");
  if (const auto bytes = config.integer("max_stream_bytes"); bytes > 0) settings.max_stream_bytes = bytes;
  settings.lease = ms_of(config, "lease");
  settings.operation_timeout = ms_of(config, "operation_timeout");
  settings.request_timeout = std::min(settings.request_timeout, settings.operation_timeout);
  settings.connect_timeout = ms_of(config, "connect_timeout");
  settings.reconnect_max_delay = ms_of(config, "reconnect_max_delay");
  settings.max_queue_bytes = size_of(config, "max_queue_bytes");
  settings.max_members_per_room = size_of(config, "max_members_per_room");
  settings.max_value_bytes = size_of(config, "max_value_bytes");
  settings.max_waiting_operations = size_of(config, "max_waiting_operations");
  return settings;
}

}  // namespace signaling::nats_adapter
