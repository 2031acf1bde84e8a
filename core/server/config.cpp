#include <algorithm>
#include <arpa/inet.h>
#include <sched.h>
#include <thread>

#include <signaling/server/admin_access.hpp>
#include <signaling/server/config.hpp>

namespace signaling::server {

namespace {

/// Values of one table with the types that options have. Ranges were checked by the schema, so conversions cannot lose
/// anything.
class Values {
 public:
  explicit Values(const ConfigTable& table) : table_(table) {}
  void read(std::string_view key, bool& value) const { value = table_.boolean(key); }
  void read(std::string_view key, std::string& value) const { value = table_.string(key); }
  void read(std::string_view key, std::vector<std::string>& value) const { value = table_.strings(key); }
  void read(std::string_view key, base::Milliseconds& value) const { value = base::Milliseconds(table_.duration_ms(key)); }
  template <class Integer>
  requires std::is_integral_v<Integer>
  void read(std::string_view key, Integer& value) const { value = static_cast<Integer>(table_.integer(key)); }

 private:
  const ConfigTable& table_;
};

std::uint32_t allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&set)));
  return std::max(1u, std::thread::hardware_concurrency());
}

std::string with_slash(std::string path) {
  if (!path.ends_with('/')) path.push_back('/');
  return path;
}

void read_listen(const ConfigTable& table, ServerConfig& config) {
  const Values values(table);
  net::ListenEndpoint& endpoint = config.net.endpoints.front();
  values.read("listen.address", endpoint.address);
  values.read("listen.port", endpoint.port);
  values.read("listen.workers", config.net.workers);
  values.read("listen.io_uring", config.net.batches_sends);
  values.read("listen.backlog", config.net.backlog);
  if (config.net.workers == 0) config.net.workers = workers_for(allowed_processors());
  if (table.has("listen.tls.certificate_file") || table.has("listen.tls.key_file")) {
    config.tls.emplace();
    values.read("listen.tls.certificate_file", config.tls->certificate_file);
    values.read("listen.tls.key_file", config.tls->key_file);
  }
}

void read_engine(const ConfigTable& table, ServerConfig& config) {
  const Values values(table);
  engine::Options& options = config.engine;
  config.engine_path = with_slash(std::string(table.string("engine.path")));
  values.read("engine.ping_interval", options.ping_interval);
  values.read("engine.ping_timeout", options.ping_timeout);
  values.read("engine.upgrade_timeout", options.upgrade_timeout);
  values.read("engine.handshake_timeout", options.handshake_timeout);
  values.read("engine.close_timeout", options.close_timeout);
  values.read("engine.max_payload_bytes", options.max_payload_bytes);
  const std::vector<std::string> transports = table.strings("engine.transports");
  options.polling = std::find(transports.begin(), transports.end(), "polling") != transports.end();
  options.websocket = std::find(transports.begin(), transports.end(), "websocket") != transports.end();
  values.read("engine.allow_upgrades", options.allow_upgrades);
  values.read("engine.bind_address", options.bind_address);
  values.read("engine.max_send_queue_bytes", options.max_send_queue_bytes);
  values.read("engine.max_sessions", options.max_sessions);
  values.read("engine.serve_client", config.serve_client);
  values.read("engine.client_directory", config.client_directory);
  if (table.boolean("engine.cookie.enabled")) {
    engine::CookieOptions& cookie = options.cookie.emplace();
    values.read("engine.cookie.name", cookie.name);
    values.read("engine.cookie.path", cookie.path);
    values.read("engine.cookie.domain", cookie.domain);
    values.read("engine.cookie.same_site", cookie.same_site);
    values.read("engine.cookie.http_only", cookie.http_only);
    values.read("engine.cookie.secure", cookie.secure);
    if (table.has("engine.cookie.max_age")) cookie.max_age_seconds = table.duration_ms("engine.cookie.max_age") / 1000;
  }
  if (table.boolean("engine.http_compression.enabled")) {
    net::CompressionOptions& compression = config.http_compression.emplace();
    values.read("engine.http_compression.threshold_bytes", compression.threshold_bytes);
    values.read("engine.http_compression.level", compression.level);
  }
}

/// Whose pages may open sessions follows from who may read the answers.
void read_origins(const ConfigTable& table, engine::OriginOptions& options) {
  if (!table.boolean("cors.enabled")) return;
  options.allow_missing = table.boolean("cors.allow_missing_origin");
  std::vector<std::string> origins = table.strings("cors.origins");
  const bool allows_all =
      table.boolean("cors.reflect_origin") || std::find(origins.begin(), origins.end(), "*") != origins.end();
  if (!allows_all) options.allowed = std::move(origins);
}

void read_forwarding(const ConfigTable& table, ServerConfig& config) {
  const Values values(table);
  forwarding::Options& options = config.forwarding;
  values.read("engine.forwarding.max_requests", options.max_requests);
  values.read("engine.forwarding.max_tunnels", options.max_tunnels);
  values.read("engine.forwarding.max_waiting_body_bytes", options.max_waiting_body_bytes);
  // A poll hangs for the ping interval at most, and on a tunnel no more time passes between two packets; the rest is for the
  // way.
  constexpr std::chrono::seconds way{5};
  options.idle_timeout = config.engine.ping_interval + config.engine.ping_timeout + way;
}

void read_net(const ConfigTable& table, ServerConfig& config) {
  const Values values(table);
  net::ServerOptions& options = config.net;
  values.read("limits.max_connections", options.max_connections);
  values.read("limits.max_connections_per_address", options.max_connections_per_address);
  values.read("limits.tls_handshake_timeout", options.tls_handshake_timeout);
  values.read("limits.max_header_bytes", options.http.max_header_bytes);
  values.read("limits.max_pipelined_bytes", options.http.max_pipelined_bytes);
  values.read("limits.header_timeout", options.http.header_timeout);
  values.read("limits.body_timeout", options.http.body_timeout);
  values.read("limits.idle_timeout", options.http.keep_alive_timeout);
  values.read("limits.write_timeout", options.http.write_timeout);
  values.read("limits.websocket_close_timeout", options.websocket.close_timeout);
  values.read("limits.max_websocket_fragments", options.websocket.max_fragments);
  values.read("limits.max_control_frames_per_second", options.websocket.max_control_frames_per_second);
  options.http.max_body_bytes = config.engine.max_payload_bytes;
  options.websocket.max_message_bytes = config.engine.max_payload_bytes;
  // The session closes at its own bound, with a reason; the connection's is there in case it cannot.
  options.websocket.max_send_queue_bytes = 2 * config.engine.max_send_queue_bytes;
  if (table.boolean("engine.permessage_deflate.enabled")) {
    net::DeflateOptions& deflate = options.websocket.deflate.emplace();
    values.read("engine.permessage_deflate.threshold_bytes", deflate.threshold_bytes);
    values.read("engine.permessage_deflate.level", deflate.level);
  }
  if (table.boolean("cors.enabled")) {
    net::CorsOptions& cors = config.cors.emplace();
    values.read("cors.origins", cors.origins);
    values.read("cors.reflect_origin", cors.reflect_origin);
    values.read("cors.credentials", cors.credentials);
    values.read("cors.methods", cors.methods);
    values.read("cors.allowed_headers", cors.allowed_headers);
    values.read("cors.exposed_headers", cors.exposed_headers);
    if (table.has("cors.max_age")) cors.max_age_seconds = table.duration_ms("cors.max_age") / 1000;
  }
}

void read_proxy(const ConfigTable& table, net::ServerOptions& options, ConfigProblems& problems) {
  const Values values(table);
  net::ProxyOptions& proxy = options.proxy;
  for (const std::string& text : table.strings("proxy.trusted")) {
    const std::string problem = proxy.trusted.add(text);
    if (!problem.empty()) problems.add(table.place("proxy.trusted"), "proxy.trusted", "\"" + text + "\" " + problem);
  }
  values.read("proxy.protocol", proxy.protocol);
  const std::string_view header = table.string("proxy.header");
  if (header == "x-forwarded-for") proxy.header = net::ProxyHeaderField::x_forwarded_for;
  if (header == "forwarded") proxy.header = net::ProxyHeaderField::forwarded;
  // Health checks and metrics come to the admin listener without a balancer's help.
  options.endpoints.front().behind_proxy = true;
}

void read_socketio(const ConfigTable& table, std::size_t max_send_queue_bytes, socketio::Options& options) {
  const Values values(table);
  options.parser = table.string("socketio.parser") == "msgpack" ? socketio::Parser::msgpack : socketio::Parser::json;
  const std::string_view checks = table.string("plugins.check_payloads");
  options.payload_checks = checks == "all"    ? socketio::PayloadChecks::all
                           : checks == "none" ? socketio::PayloadChecks::none
                                              : socketio::PayloadChecks::some;
  values.read("socketio.connect_timeout", options.connect_timeout);
  values.read("socketio.middleware_timeout", options.middleware_timeout);
  values.read("socketio.max_namespaces_per_client", options.max_namespaces_per_client);
  values.read("socketio.max_rooms_per_socket", options.max_rooms_per_socket);
  values.read("socketio.max_room_name_bytes", options.max_room_name_bytes);
  values.read("socketio.max_namespace_name_bytes", options.max_namespace_name_bytes);
  values.read("socketio.max_event_name_bytes", options.max_event_name_bytes);
  values.read("socketio.max_attachments", options.max_attachments);
  values.read("socketio.max_packet_bytes", options.max_packet_bytes);
  options.max_packet_bytes = std::min(options.max_packet_bytes, max_send_queue_bytes);
  values.read("socketio.attachments_timeout", options.attachments_timeout);
  values.read("socketio.max_json_depth", options.max_json_depth);
  values.read("socketio.max_pending_acks", options.max_pending_acks);
  values.read("socketio.max_auth_bytes", options.max_auth_bytes);
  values.read("socketio.max_socket_data_bytes", options.max_socket_data_bytes);
  values.read("socketio.max_held_messages", options.max_held_messages);
  values.read("socketio.max_held_bytes", options.max_held_bytes);
  values.read("socketio.member_timeout", options.member_timeout);
  values.read("socketio.max_pending_requests", options.max_pending_requests);
  values.read("socketio.max_cluster_queue_bytes", options.max_cluster_queue_bytes);
  values.read("socketio.max_conversations", options.max_conversations);
}

void read_rest(const ConfigTable& table, ServerConfig& config) {
  const Values values(table);
  values.read("node.name", config.node_name);
  values.read("node.shutdown_timeout", config.shutdown_timeout);
  values.read("drain.readiness_wait", config.drain.readiness_wait);
  values.read("drain.duration", config.drain.duration);
  config.drain.flush_timeout = config.shutdown_timeout;
  values.read("log.level", config.log.level);
  config.log.json = table.string("log.format") == "json";
  values.read("log.file", config.log.file);
  values.read("log.queue_lines", config.log.queue_lines);
  values.read("log.repeat_interval", config.log.repeat_interval);
  for (const std::string component : {"server", "net", "engine", "socketio", "plugins"}) {
    const std::string key = "log.components." + component;
    if (table.has(key)) config.log.components[component] = table.string(key);
  }
  for (const auto& [name, level] : table.entries("log.components.plugin")) config.log.components["plugin." + name] = level;
  values.read("admin.enabled", config.admin.enabled);
  values.read("admin.address", config.admin.address);
  values.read("admin.port", config.admin.port);
  values.read("admin.token", config.admin.token);
  values.read("admin.public_metrics", config.admin.public_metrics);
  values.read("admin.ready_when_degraded", config.admin.ready_when_degraded);
  values.read("www.enabled", config.www.enabled);
  values.read("www.directory", config.www.directory);
  config.www.url_path = with_slash(std::string(table.string("www.url_path")));
  values.read("plugins.directories", config.plugins.directories);
  values.read("plugins.adapter", config.plugins.adapter);
  values.read("plugins.middleware", config.plugins.middleware);
  values.read("plugins.applications", config.plugins.applications);
  values.read("plugins.start_timeout", config.plugins.start_timeout);
  values.read("plugins.stop_timeout", config.plugins.stop_timeout);
}

/// What the schema cannot say: forms of texts, and keys that depend on each other.
class Checks {
 public:
  Checks(const Configuration& configuration, ConfigProblems& problems)
      : configuration_(configuration), table_(configuration.table), problems_(problems) {}

  void run() {
    address("listen.address");
    address("admin.address");
    url_path("engine.path");
    url_path("www.url_path");
    tls();
    engine();
    cors();
    proxy();
    admin();
    ports();
  }

 private:
  void add(std::string_view key, std::string_view message) { problems_.add(table_.place(key), key, message); }

  void address(std::string_view key) {
    const std::string text(table_.string(key));
    in6_addr address{};
    if (::inet_pton(AF_INET, text.c_str(), &address) == 1 || ::inet_pton(AF_INET6, text.c_str(), &address) == 1) return;
    add(key, "\"" + text + "\" is no numeric address, allowed: such as 0.0.0.0, 127.0.0.1, :: or ::1");
  }

  void url_path(std::string_view key) {
    const std::string_view text = table_.string(key);
    const bool is_clean =
        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '?' && c != '#'; });
    if (text.starts_with('/') && is_clean) return;
    add(key, "\"" + std::string(text) + "\" is no URL path, allowed: begins with /, no blanks, no ? and no #");
  }

  void tls() {
    const bool has_certificate = table_.has("listen.tls.certificate_file");
    if (has_certificate == table_.has("listen.tls.key_file")) return;
    const std::string_view given = has_certificate ? "listen.tls.certificate_file" : "listen.tls.key_file";
    const std::string_view missing = has_certificate ? "listen.tls.key_file" : "listen.tls.certificate_file";
    add(given, "stands alone, allowed: with " + std::string(missing));
  }

  void engine() {
    const engine::Options& options = configuration_.server.engine;
    if (options.max_send_queue_bytes < options.max_payload_bytes) {
      if (table_.is_configured("engine.max_send_queue_bytes"))
        add("engine.max_send_queue_bytes",
            "is less than engine.max_payload_bytes (" + std::to_string(options.max_payload_bytes) +
                "), so that what a client may send could not be passed on, allowed: at least that");
      else
        add("engine.max_payload_bytes", "is more than engine.max_send_queue_bytes (" +
                                            std::to_string(options.max_send_queue_bytes) +
                                            "), so that what a client may send could not be passed on, allowed: at most that");
    }
    if (table_.string("engine.cookie.same_site") == "None" && options.cookie && !options.cookie->secure)
      add("engine.cookie.same_site",
          "\"None\" is refused by browsers without engine.cookie.secure, allowed: with it, Lax, Strict");
    if (engine_prefix() == configuration_.server.www.url_path && configuration_.server.www.enabled)
      add("www.url_path", "is the same as engine.path, allowed: any other");
  }
  const std::string& engine_prefix() const { return configuration_.server.engine_path; }

  void cors() {
    const std::optional<net::CorsOptions>& cors = configuration_.server.cors;
    if (!cors || !cors->credentials || cors->reflect_origin) return;
    if (std::find(cors->origins.begin(), cors->origins.end(), "*") == cors->origins.end()) return;
    add("cors.credentials",
        "is refused by browsers with origin \"*\", allowed: with named cors.origins or cors.reflect_origin");
  }

  void proxy() {
    if (!table_.strings("proxy.trusted").empty()) return;
    const net::ProxyOptions& options = configuration_.server.net.proxy;
    constexpr std::string_view message = "has nobody to believe, allowed: with the addresses of the balancers in proxy.trusted";
    if (options.protocol) add("proxy.protocol", message);
    if (options.header != net::ProxyHeaderField::none) add("proxy.header", message);
  }

  void admin() {
    const AdminConfig& admin = configuration_.server.admin;
    if (!admin.enabled || !admin.token.empty() || is_loopback(admin.address)) return;
    add("admin.address", "\"" + admin.address +
                             "\" can be reached from other machines, and no admin.token is set, allowed: with one, or "
                             "127.0.0.1 and ::1");
  }

  void ports() {
    const net::ListenEndpoint& main = configuration_.server.net.endpoints.front();
    const AdminConfig& admin = configuration_.server.admin;
    const bool shares = main.address == admin.address || main.address == "0.0.0.0" || main.address == "::";
    if (!admin.enabled || admin.port != main.port || admin.port == 0 || !shares) return;
    // Told at the key that was written, which may be either.
    const bool at_admin = table_.is_configured("admin.port") || !table_.is_configured("listen.port");
    add(at_admin ? "admin.port" : "listen.port", std::string("is the same as ") + (at_admin ? "listen.port" : "admin.port") +
                                                     " (" + std::to_string(admin.port) + "), allowed: any other");
  }

  const Configuration& configuration_;
  const ConfigTable& table_;
  ConfigProblems& problems_;
};

}  // namespace

namespace {

Configuration configuration_of(ConfigDocument document, ConfigTable table, ConfigProblems& problems) {
  Configuration configuration{std::move(document), std::move(table), {}};
  read_listen(configuration.table, configuration.server);
  read_engine(configuration.table, configuration.server);
  read_origins(configuration.table, configuration.server.engine.origins);
  read_forwarding(configuration.table, configuration.server);
  read_net(configuration.table, configuration.server);
  read_proxy(configuration.table, configuration.server.net, problems);
  read_socketio(configuration.table, configuration.server.engine.max_send_queue_bytes, configuration.server.socketio);
  read_rest(configuration.table, configuration.server);
  Checks(configuration, problems).run();
  return configuration;
}

}  // namespace

Configuration check_configuration(ConfigDocument document, const Environment& environment, ConfigProblems& problems) {
  ConfigTable table(server_schema(), {&document.root, "", document.place()}, environment, problems);
  return configuration_of(std::move(document), std::move(table), problems);
}

Configuration load_configuration(const std::string& file, std::span<const std::string> settings, const Environment& environment,
                                 ConfigProblems& problems) {
  return check_configuration(load_document(file, settings, problems), environment, problems);
}

Configuration merge_reloadable(const Configuration& running, const Configuration& fresh, ConfigProblems& problems) {
  const bool switches_tls = running.server.tls.has_value() != fresh.server.tls.has_value();
  ConfigTable table = fresh.table.with_fixed_keys_of(running.table, [switches_tls](const ConfigKey& key) {
    return !key.reloadable || (switches_tls && std::string_view(key.name).starts_with("listen.tls."));
  });
  return configuration_of(fresh.document, std::move(table), problems);
}

void take_reloadable(Configuration& running, Configuration&& merged) {
  running.document = std::move(merged.document);
  running.table = std::move(merged.table);
  ServerConfig& server = running.server;
  const std::uint32_t workers = server.net.workers;
  server.net = std::move(merged.server.net);
  server.net.workers = workers;
  server.tls = std::move(merged.server.tls);
  server.shutdown_timeout = merged.server.shutdown_timeout;
  server.drain = merged.server.drain;
  server.engine = std::move(merged.server.engine);
  server.cors = std::move(merged.server.cors);
  server.socketio = merged.server.socketio;
  server.log = std::move(merged.server.log);
  server.admin = std::move(merged.server.admin);
}

std::uint32_t workers_for(std::uint32_t processors) noexcept {
  // The kernel, the adapter and the balancer need one too: see tests/bench/README.md.
  return std::clamp(processors, 2u, socketio::max_loops + 1) - 1;
}

}  // namespace signaling::server
