#include "tls_options.hpp"

#include "read_config.hpp"

namespace signaling::broker_parts {

void read_tls(const plugin_api::ConfigView& config, std::string_view scheme, TlsOptions& tls, plugin_api::Problems& problems) {
  tls.verify = config.boolean("tls_verify");
  read_file_name(config, "tls_ca_file", tls.ca_file, problems);
  read_file_name(config, "tls_cert_file", tls.cert_file, problems);
  read_file_name(config, "tls_key_file", tls.key_file, problems);
  if (config.has("tls_server_name")) tls.server_name = config.string("tls_server_name");
  if (tls.is_enabled) return;
  for (const std::string_view key : {"tls_ca_file", "tls_cert_file", "tls_key_file", "tls_server_name"}) {
    if (config.has(key)) problems.add(key, "has no meaning without TLS: a URL has to begin with " + std::string(scheme));
  }
}

}  // namespace signaling::broker_parts
