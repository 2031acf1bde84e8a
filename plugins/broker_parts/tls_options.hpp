#pragma once
// TLS to a broker: the keys `tls_*` of a plugin's table.

#include <string>
#include <string_view>

#include <signaling/plugin_api/config.hpp>

namespace signaling::broker_parts {

struct TlsOptions {
  bool is_enabled = false;  ///< the scheme of a URL says so
  bool verify = true;       ///< certificate chain and name of the server
  std::string ca_file;      ///< PEM; empty: the system's
  std::string cert_file;    ///< of this client, PEM; empty: none
  std::string key_file;     ///< PEM; empty: none, or in `cert_file` where the adapter takes that
  std::string server_name;  ///< SNI and the name that is verified; empty: the host of the address
};

/// Reads all but `is_enabled`, which has to be known before: without TLS the keys have no meaning, and are reported. So are
/// files that cannot be read; whether certificate and key have to come together is for the adapter to say.
/// @param scheme  of URLs with TLS, for people: "tls://"
void read_tls(const plugin_api::ConfigView& config, std::string_view scheme, TlsOptions& tls, plugin_api::Problems& problems);

}  // namespace signaling::broker_parts
