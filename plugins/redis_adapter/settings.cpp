#include "settings.hpp"

#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

#include "url.hpp"

namespace signaling::redis_adapter {

namespace {

std::size_t size_of(const plugin_api::ConfigView& config, std::string_view key) {
  return static_cast<std::size_t>(config.integer(key));
}

std::chrono::milliseconds ms_of(const plugin_api::ConfigView& config, std::string_view key) {
  return std::chrono::milliseconds(config.duration_ms(key));
}

std::vector<std::string> urls_of(const plugin_api::ConfigView& config) {
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

void read_password(const plugin_api::ConfigView& config, const std::string& key, std::string& password,
                   plugin_api::Problems& problems) {
  const std::string file_key = key + "_file";
  if (config.has(key) && config.has(file_key)) return problems.add(file_key, "stands beside " + key + ": give one of the two");
  if (config.has(key)) password = config.string(key);
  if (!config.has(file_key)) return;
  const std::string path(config.string(file_key));
  std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || text.str().size() > 65'536) return problems.add(file_key, path + ": cannot be read");
  password = text.str();
  while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
  if (password.empty()) problems.add(file_key, path + ": is empty");
}

void read_tls(const plugin_api::ConfigView& config, TlsOptions& tls, plugin_api::Problems& problems) {
  tls.verify = config.boolean("tls_verify");
  struct File {
    const char* key;
    std::string& path;
  };
  for (const File& each :
       {File{"tls_ca_file", tls.ca_file}, File{"tls_cert_file", tls.cert_file}, File{"tls_key_file", tls.key_file}}) {
    if (!config.has(each.key)) continue;
    each.path = config.string(each.key);
    if (!std::ifstream(each.path)) problems.add(each.key, each.path + ": cannot be read");
    if (!tls.is_enabled) problems.add(each.key, "has no meaning without TLS: the URL has to begin with rediss://");
  }
  if (config.has("tls_server_name")) tls.server_name = config.string("tls_server_name");
  if (!tls.key_file.empty() && tls.cert_file.empty()) problems.add("tls_key_file", "needs tls_cert_file");
}

}  // namespace

Settings read_settings(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  Settings settings;
  BackendOptions& backend = settings.backend;
  const std::string_view topology = config.string("topology");
  if (topology == "sentinel") backend.topology = TopologyKind::sentinel;
  if (topology == "cluster") backend.topology = TopologyKind::cluster;
  const char* const url_key = config.size("urls") != 0 ? "urls" : "url";
  const bool has_user = config.has("username");
  std::string username(has_user ? config.string("username") : std::string_view());
  std::string password;
  read_password(config, "password", password, problems);
  std::string problem;
  if (!apply_urls(urls_of(config), backend, problem)) problems.add(url_key, problem);
  if (!password.empty()) backend.credentials.password = password;
  if (has_user) backend.credentials.username = std::move(username);
  if (!backend.credentials.username.empty() && backend.credentials.password.empty())
    problems.add("username", "needs a password");
  if (config.has("sentinel_username")) backend.sentinel_credentials.username = config.string("sentinel_username");
  read_password(config, "sentinel_password", backend.sentinel_credentials.password, problems);
  backend.sentinel_master = config.string("sentinel_master");
  if (config.has("database")) backend.database = static_cast<std::uint32_t>(config.integer("database"));
  if (backend.topology == TopologyKind::cluster && backend.database != 0)
    problems.add(config.has("database") ? "database" : url_key, "a cluster has database 0 alone");
  read_tls(config, backend.tls, problems);

  settings.prefix = config.string("prefix");
  if (settings.prefix.find_first_of("{} \t\r\n*?[]\\") != std::string::npos)
    problems.add("prefix", "must not hold braces, brackets, spaces, *, ? or \\");
  settings.lease = ms_of(config, "lease");
  settings.operation_timeout = ms_of(config, "operation_timeout");
  settings.command_timeout = backend.command_timeout = ms_of(config, "command_timeout");
  backend.connect_timeout = ms_of(config, "connect_timeout");
  backend.backoff_max = ms_of(config, "reconnect_max_delay");
  backend.backoff_min = std::min(backend.backoff_min, backend.backoff_max);
  backend.flush_delay = std::chrono::duration_cast<std::chrono::microseconds>(ms_of(config, "flush_delay"));
  settings.probe_timeout = ms_of(config, "probe_timeout");
  settings.probe_interval = std::min(std::chrono::milliseconds(500), settings.probe_timeout / 2);
  settings.max_inbox_bytes = backend.max_queue_bytes = size_of(config, "max_queue_bytes");
  backend.max_reply_bytes = size_of(config, "max_reply_bytes");
  settings.max_batch_bytes = size_of(config, "max_batch_bytes");
  settings.max_members_per_room = size_of(config, "max_members_per_room");
  settings.max_value_bytes = size_of(config, "max_value_bytes");
  settings.max_waiting_operations = size_of(config, "max_waiting_operations");
  settings.start_wait = backend.connect_timeout + std::chrono::milliseconds(1'000);
  if (settings.command_timeout * 2 > settings.lease)
    problems.add("command_timeout", "must be at most half of the lease, so that one answer that is missing does not cost it");
  return settings;
}

}  // namespace signaling::redis_adapter
