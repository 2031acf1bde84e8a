#include "settings.hpp"

#include <algorithm>
#include <broker_parts/read_config.hpp>
#include <string_view>
#include <utility>

#include "url.hpp"

namespace signaling::redis_adapter {

namespace {

using broker_parts::ms_of;
using broker_parts::read_secret;
using broker_parts::size_of;

}  // namespace

Settings read_settings(const plugin_api::ConfigView& config, plugin_api::Problems& problems) {
  Settings settings;
  BackendOptions& backend = settings.backend;
  const std::string_view topology = config.string("topology");
  if (topology == "sentinel") backend.topology = TopologyKind::sentinel;
  if (topology == "cluster") backend.topology = TopologyKind::cluster;
  const std::string_view url_key = broker_parts::urls_key(config);
  const bool has_user = config.has("username");
  std::string username(has_user ? config.string("username") : std::string_view());
  std::string password;
  read_secret(config, "password", password, problems);
  std::string problem;
  if (!apply_urls(broker_parts::urls_of(config), backend, problem)) problems.add(url_key, problem);
  if (!password.empty()) backend.credentials.password = password;
  if (has_user) backend.credentials.username = std::move(username);
  if (!backend.credentials.username.empty() && backend.credentials.password.empty())
    problems.add("username", "needs a password");
  if (config.has("sentinel_username")) backend.sentinel_credentials.username = config.string("sentinel_username");
  read_secret(config, "sentinel_password", backend.sentinel_credentials.password, problems);
  backend.sentinel_master = config.string("sentinel_master");
  if (config.has("database")) backend.database = static_cast<std::uint32_t>(config.integer("database"));
  if (backend.topology == TopologyKind::cluster && backend.database != 0)
    problems.add(config.has("database") ? "database" : url_key, "a cluster has database 0 alone");
  broker_parts::read_tls(config, "rediss://", backend.tls, problems);
  if (!backend.tls.key_file.empty() && backend.tls.cert_file.empty()) problems.add("tls_key_file", "needs tls_cert_file");

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
