#include "settings.hpp"

#include <algorithm>
#include <broker_parts/read_config.hpp>
#include <string_view>

namespace signaling::nats_adapter {

namespace {

using broker_parts::ms_of;
using broker_parts::read_secret;
using broker_parts::size_of;
using plugin_api::ConfigView;
using plugin_api::Problems;

void read_urls(const ConfigView& config, Settings& settings, Problems& problems) {
  settings.urls = broker_parts::urls_of(config);
  const std::string_view key = broker_parts::urls_key(config);
  for (const std::string& url : settings.urls) {
    const std::size_t scheme = url.starts_with("nats://") ? 7 : url.starts_with("tls://") ? 6 : 0;
    if (scheme == 0) return problems.add(key, "must begin with nats:// or tls://");
    const std::string_view host = std::string_view(url).substr(std::max(scheme, url.rfind('@') + 1));
    if (host.empty() || host.front() == ':') return problems.add(key, "names no host");
    settings.tls.is_enabled |= scheme == 6;
  }
}

void read_login(const ConfigView& config, Login& login, Problems& problems) {
  if (config.has("username")) login.username = config.string("username");
  read_secret(config, "password", login.password, problems);
  read_secret(config, "token", login.token, problems);
  broker_parts::read_file_name(config, "credentials_file", login.credentials_file, problems);
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
  broker_parts::TlsOptions& tls = settings.tls;
  broker_parts::read_tls(config, "tls://", tls, problems);
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
