#pragma once
// The server's configuration as plain values.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <signaling/base/clock.hpp>
#include <signaling/engine/options.hpp>
#include <signaling/forwarding/options.hpp>
#include <signaling/net/cors.hpp>
#include <signaling/net/http_compression.hpp>
#include <signaling/net/options.hpp>
#include <signaling/net/tls_context.hpp>
#include <signaling/server/config_document.hpp>
#include <signaling/server/config_table.hpp>
#include <signaling/server/drain.hpp>
#include <signaling/socketio/options.hpp>

namespace signaling::server {

struct LogConfig {
  std::string level = "info";
  bool json = false;
  std::string file;  ///< empty: standard error
  std::size_t queue_lines = 8192;
  base::Milliseconds repeat_interval{10'000};
  /// Levels by component (`net`, `plugin.redis_adapter`) where they differ from `level`.
  std::map<std::string, std::string, std::less<>> components;
};

struct AdminConfig {
  bool enabled = true;
  std::string address = "127.0.0.1";
  std::uint16_t port = 9464;
  std::string token;  ///< empty: all but health and readiness is for loopback alone
  bool public_metrics = false;
  bool ready_when_degraded = true;
};

struct WwwConfig {
  bool enabled = false;
  std::string directory;  ///< as configured; see install_layout.hpp
  std::string url_path;   ///< begins and ends with `/`
};

struct PluginsConfig {
  std::vector<std::string> directories;  ///< as configured; see install_layout.hpp
  std::string adapter;                   ///< empty: none
  std::vector<std::string> middleware;
  std::vector<std::string> applications;
  base::Milliseconds start_timeout{10'000};
  base::Milliseconds stop_timeout{5'000};
};

struct ServerConfig {
  std::string node_name;
  base::Milliseconds shutdown_timeout{10'000};
  DrainOptions drain;
  net::ServerOptions net;  ///< one endpoint, without its TLS context; `workers` is resolved
  std::optional<net::TlsOptions> tls;
  std::string engine_path;  ///< begins and ends with `/`
  engine::Options engine;
  forwarding::Options forwarding;
  bool serve_client = true;
  std::string client_directory;  ///< as configured; see install_layout.hpp
  std::optional<net::CompressionOptions> http_compression;
  std::optional<net::CorsOptions> cors;
  socketio::Options socketio;
  LogConfig log;
  AdminConfig admin;
  WwwConfig www;
  PluginsConfig plugins;
};

/// Every key there is outside the tables of plugins. Static data.
std::span<const ConfigKey> server_schema();

struct Configuration {
  ConfigDocument document;  ///< file and the plugins' raw tables
  ConfigTable table;        ///< everything else, checked
  ServerConfig server;
};

/// Reads, checks by the schema and then for what keys mean together. Everything wrong is in `problems`; the result is good for
/// use only where there is none.
Configuration load_configuration(const std::string& file, std::span<const std::string> settings, const Environment& environment,
                                 ConfigProblems& problems);
/// The same from a document that is read already.
Configuration check_configuration(ConfigDocument document, const Environment& environment, ConfigProblems& problems);
/// What is in force after a reload: values of `fresh` for the keys that may change, those of `running` for the others. TLS is
/// neither switched on nor off. What the values mean together is checked anew.
Configuration merge_reloadable(const Configuration& running, const Configuration& fresh, ConfigProblems& problems);
/// Puts what `merge_reloadable` returned into force: the parts of the server's configuration that have reloadable keys. The
/// number of event loops stays what it was at the start, whatever number of processors it would be chosen for now.
void take_reloadable(Configuration& running, Configuration&& merged);

/// Event loops where the configuration names no number: one per processor but one, 1 to the most that there can be.
/// @param processors  that the process may use
std::uint32_t workers_for(std::uint32_t processors) noexcept;

}  // namespace signaling::server
