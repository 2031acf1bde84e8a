// Every key of the server's configuration, once: defaults, checks, `--print-config` and config/memory.toml follow this table.

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <signaling/server/config.hpp>

namespace signaling::server {

namespace {

constexpr std::int64_t ms = 1, second = 1000, hour = 3'600'000;
constexpr std::int64_t u32 = std::numeric_limits<std::int32_t>::max();  // fits std::uint32_t with room to double
constexpr char levels[] = "trace|debug|info|warn|error|off";

constexpr ConfigKey boolean(const char* name, const char* value, const char* help) {
  return {name, KeyType::boolean, value, 0, 0, nullptr, false, false, false, help};
}
constexpr ConfigKey integer(const char* name, const char* value, std::int64_t min, std::int64_t max, const char* help) {
  return {name, KeyType::integer, value, min, max, nullptr, false, false, false, help};
}
constexpr ConfigKey duration(const char* name, const char* value, std::int64_t min, std::int64_t max, const char* help) {
  return {name, KeyType::duration, value, min, max, nullptr, false, false, false, help};
}
constexpr ConfigKey text(const char* name, const char* value, std::int64_t min, std::int64_t max, const char* help) {
  return {name, KeyType::string, value, min, max, nullptr, false, false, false, help};
}
constexpr ConfigKey secret(const char* name, const char* value, std::int64_t min, std::int64_t max, const char* help) {
  return {name, KeyType::string, value, min, max, nullptr, false, false, true, help};
}
constexpr ConfigKey word(const char* name, const char* value, const char* allowed, const char* help) {
  return {name, KeyType::string, value, 0, 0, allowed, false, false, false, help};
}
constexpr ConfigKey list(const char* name, const char* value, std::int64_t min, std::int64_t max, const char* allowed,
                         const char* help) {
  return {name, KeyType::string_list, value, min, max, allowed, false, false, false, help};
}

constexpr ConfigKey keys[] = {
    text("node.name", nullptr, 1, 64, "Name of this node in logs, metrics and to its peers; the host's name where absent."),
    duration("node.shutdown_timeout", "\"10s\"", 0, hour,
             "Longest wait for connections to flush and close once clients were moved away."),

    duration("drain.readiness_wait", "\"0s\"", 0, hour,
             "From /readyz turning 503 to the first client's leaving: time for the balancer to notice."),
    duration("drain.duration", "\"5s\"", 0, hour, "Clients are moved away in batches spread over this time; few go at once."),

    text("listen.address", "\"0.0.0.0\"", 1, 64, "Numeric address to listen on; \"::\" takes IPv6 and IPv4."),
    integer("listen.port", "3000", 0, 65535, "TCP port; 0 lets the system choose (the log tells)."),
    integer("listen.workers", "0", 0, socketio::max_loops,
            "Event loops, a thread each; 0: one per processor allowed but one, 64 at most."),
    boolean("listen.io_uring", "true",
            "Fan-outs are sent in batches by io_uring where the kernel allows it; without it one by one."),
    integer("listen.backlog", "4096", 1, 65535, "Connections that wait to be accepted."),
    text("listen.tls.certificate_file", nullptr, 1, 4096, "PEM chain, own certificate first; TLS is on where it is given."),
    text("listen.tls.key_file", nullptr, 1, 4096, "PEM key of the certificate."),

    text("engine.path", "\"/socket.io\"", 1, 256, "URL path of Engine.IO and of the client files."),
    duration("engine.ping_interval", "\"25s\"", 10 * ms, hour, "Heartbeat: time between pings."),
    duration("engine.ping_timeout", "\"20s\"", 10 * ms, hour, "A client that does not answer a ping for so long is gone."),
    duration("engine.upgrade_timeout", "\"10s\"", 10 * ms, hour, "An upgrade that is not finished by then is dropped."),
    duration("engine.handshake_timeout", "\"10s\"", 10 * ms, hour,
             "A handshake that middleware has not let in by then gets 503."),
    duration("engine.close_timeout", "\"30s\"", 10 * ms, hour, "Wait of an orderly polling close for the client's next poll."),
    integer("engine.max_payload_bytes", "1_000_000", 100, u32, "Longest message or polling body from a client (413, 1009)."),
    list("engine.transports", "[\"polling\", \"websocket\"]", 1, 2, "polling|websocket", "Transports that clients may use."),
    boolean("engine.allow_upgrades", "true", "Polling sessions may move to WebSocket."),
    boolean("engine.bind_address", "false", "Polling sessions answer the address alone that opened them."),
    integer("engine.max_send_queue_bytes", "4_000_000", 1000, u32,
            "What waits for one slow reader; beyond it the session is closed."),
    integer("engine.max_sessions", "1_000_000", 1, u32, "Sessions of one event loop; more are refused with 503."),
    boolean("engine.serve_client", "true", "Serve the browser client's files under the path."),
    text("engine.client_directory", "\"client\"", 1, 4096, "Where those files are; served where they exist."),
    boolean("engine.cookie.enabled", "false", "Set a cookie with the session id on handshakes."),
    text("engine.cookie.name", "\"io\"", 1, 64, "Its name."),
    text("engine.cookie.path", "\"/\"", 1, 256, "Its Path."),
    text("engine.cookie.domain", "\"\"", 0, 253, "Its Domain; empty: none."),
    word("engine.cookie.same_site", "\"Lax\"", "Strict|Lax|None", "Its SameSite."),
    boolean("engine.cookie.http_only", "true", "Its HttpOnly."),
    boolean("engine.cookie.secure", "false", "Its Secure."),
    duration("engine.cookie.max_age", nullptr, second, 24 * 365 * 10 * hour, "Its Max-Age; absent: until the browser closes."),
    boolean("engine.http_compression.enabled", "true", "gzip or deflate HTTP answers for clients that accept it."),
    integer("engine.http_compression.threshold_bytes", "1024", 0, u32, "Shorter answers go as they are."),
    integer("engine.http_compression.level", "6", 1, 9, "1 fast to 9 small."),
    boolean("engine.permessage_deflate.enabled", "false", "Offer WebSocket compression; it costs memory and time."),
    integer("engine.permessage_deflate.threshold_bytes", "1024", 0, u32, "Shorter messages go as they are."),
    integer("engine.permessage_deflate.level", "6", 1, 9, "1 fast to 9 small."),
    integer("engine.forwarding.max_requests", "10_000", 1, u32,
            "Requests of one event loop that wait for another node, which has their session; more get 503."),
    integer("engine.forwarding.max_tunnels", "10_000", 0, u32,
            "WebSockets of one event loop that are carried to other nodes; more get 503."),
    integer("engine.forwarding.max_waiting_body_bytes", "64_000_000", 1, u32,
            "Bodies of the requests that wait, together; one alone is always taken."),

    boolean("cors.enabled", "false", "Answer cross-origin requests with the headers below."),
    list("cors.origins", "[\"*\"]", 1, 1000, nullptr,
         "Origins allowed, compared as text, and those whose pages may open sessions and WebSockets; \"*\": all."),
    boolean("cors.reflect_origin", "false", "Allow any origin by name, which credentials need; origins is then ignored."),
    boolean("cors.allow_missing_origin", "true", "WebSocket handshakes without Origin, which only browsers always send."),
    list("cors.methods", "[\"GET\", \"HEAD\", \"PUT\", \"PATCH\", \"POST\", \"DELETE\"]", 1, 20, nullptr, "Methods allowed."),
    list("cors.allowed_headers", "[]", 0, 100, nullptr, "Request headers allowed; empty: those that the preflight asks for."),
    list("cors.exposed_headers", "[]", 0, 100, nullptr, "Response headers that scripts may read."),
    boolean("cors.credentials", "false", "Allow cookies and authentication."),
    duration("cors.max_age", nullptr, 0, 24 * hour, "How long a browser may keep a preflight answer; absent: its own default."),

    word("socketio.parser", "\"json\"", "json|msgpack", "Packet format; the clients must use the same."),
    duration("socketio.connect_timeout", "\"45s\"", 10 * ms, hour, "A client that joined no namespace by then is closed."),
    duration("socketio.middleware_timeout", "\"5s\"", 10 * ms, hour, "A middleware's verdict not given by then is a refusal."),
    integer("socketio.max_namespaces_per_client", "16", 1, 10'000, "Namespaces that one client may have open."),
    integer("socketio.max_rooms_per_socket", "1000", 1, u32, "Rooms that one socket may be in."),
    integer("socketio.max_room_name_bytes", "256", 20, 65'536, "Length of a room's name."),
    integer("socketio.max_namespace_name_bytes", "256", 1, 65'536, "Length of a namespace's name."),
    integer("socketio.max_event_name_bytes", "256", 1, 65'536, "Length of an event's name."),
    integer("socketio.max_attachments", "10", 0, 1000, "Binary attachments of one packet; 0: none."),
    integer("socketio.max_packet_bytes", "4_000_000", 100, u32,
            "Text and attachments of one packet; never more than engine.max_send_queue_bytes."),
    duration("socketio.attachments_timeout", "\"30s\"", 10 * ms, hour,
             "A client whose announced attachments have not come by then is closed."),
    integer("socketio.max_json_depth", "64", 1, 1000, "Nesting of arrays and objects in a packet."),
    integer("socketio.max_pending_acks", "1000", 1, u32, "Acknowledgements that one socket may owe the server."),
    integer("socketio.max_auth_bytes", "16_384", 2, u32, "JSON that a client sends with CONNECT."),
    integer("socketio.max_socket_data_bytes", "16_384", 2, u32, "JSON that a plugin keeps with a socket."),
    integer("socketio.max_held_messages", "256", 1, u32,
            "Messages kept for one socket while an admission or verdict is awaited."),
    integer("socketio.max_held_bytes", "1_000_000", 1, u32, "The same in bytes."),
    duration("socketio.member_timeout", "\"5s\"", 10 * ms, hour, "Wait for the node of a socket that a message is for."),
    integer("socketio.max_pending_requests", "100_000", 1, u32, "Requests to other nodes under way, per event loop."),
    integer("socketio.max_cluster_queue_bytes", "64_000_000", 65'536, u32,
            "Messages of other nodes that wait, per event loop."),
    integer("socketio.max_conversations", "20_000", 1, u32, "Polling sessions served for or by other nodes, per event loop."),

    integer("limits.max_connections", "1_000_000", 1, u32, "Connections in all; more are closed as they come."),
    integer("limits.max_connections_per_address", "1_000_000", 1, u32, "Connections of one client address."),
    integer("limits.max_header_bytes", "16_384", 512, 1'048'576, "Head of an HTTP request (431)."),
    integer("limits.max_pipelined_bytes", "65_536", 1024, 16'777'216, "Bytes read ahead of the request being served."),
    duration("limits.header_timeout", "\"10s\"", 10 * ms, hour,
             "From the first byte, or accept, to the end of the head (408)."),
    duration("limits.body_timeout", "\"20s\"", 10 * ms, hour, "From the head to the end of the body (408)."),
    duration("limits.idle_timeout", "\"65s\"", 10 * ms, hour, "A kept-alive connection without a request is closed."),
    duration("limits.write_timeout", "\"30s\"", 10 * ms, hour, "A client that does not take its answer is cut."),
    duration("limits.tls_handshake_timeout", "\"10s\"", 10 * ms, hour, "Time for the TLS handshake."),
    duration("limits.websocket_close_timeout", "\"5s\"", 10 * ms, hour, "Wait for the peer's close frame."),
    integer("limits.max_websocket_fragments", "4096", 1, u32, "Frames of one WebSocket message (1009)."),
    integer("limits.max_control_frames_per_second", "100", 1, 65'534, "Pings and pongs of one WebSocket (1008)."),

    list("proxy.trusted", "[]", 0, 1000, nullptr,
         "Addresses and networks (CIDR) of the balancers in front of this node; nobody else is believed."),
    boolean("proxy.protocol", "false", "Each connection from a trusted address begins with a PROXY protocol header, v1 or v2."),
    word("proxy.header", "\"none\"", "none|x-forwarded-for|forwarded",
         "Request header that trusted proxies append their client's address to."),

    word("log.level", "\"info\"", levels, "Least level that is written."),
    word("log.format", "\"text\"", "text|json", "Lines for people, or one JSON object a line."),
    text("log.file", nullptr, 1, 4096, "File to append to; absent: standard error."),
    integer("log.queue_lines", "8192", 16, 1'048'576, "Lines that wait to be written; the oldest are dropped beyond it."),
    duration("log.repeat_interval", "\"10s\"", second, hour,
             "Repeated client errors are told once per interval, with their count."),
    word("log.components.server", nullptr, levels, "Level of the server itself; absent: log.level, as for the next ones."),
    word("log.components.net", nullptr, levels, "Level of connections and HTTP."),
    word("log.components.engine", nullptr, levels, "Level of Engine.IO sessions."),
    word("log.components.socketio", nullptr, levels, "Level of namespaces and rooms."),
    word("log.components.plugins", nullptr, levels, "Level of the plugin loader."),
    word("log.components.plugin.*", nullptr, levels, "Level of one plugin, by its name."),

    boolean("admin.enabled", "true", "Listener of its own for /healthz, /readyz and /metrics."),
    text("admin.address", "\"127.0.0.1\"", 1, 64, "Numeric address; one that is not loopback needs a token."),
    integer("admin.port", "9464", 0, 65535, "TCP port; 0 lets the system choose (the log tells)."),
    secret("admin.token", nullptr, 16, 1024,
           "All but /healthz and /readyz is for loopback peers, and for others that send it as Authorization: Bearer."),
    boolean("admin.public_metrics", "false", "/metrics needs no token."),
    boolean("admin.ready_when_degraded", "true",
            "/readyz of a node whose adapter or plugins are not well: 200 `degraded` where true, else 503."),

    boolean("www.enabled", "false", "Serve a directory of static files, such as the demonstration page."),
    text("www.directory", "\"www\"", 1, 4096, "The directory; read once at start."),
    text("www.url_path", "\"/\"", 1, 256, "URL path of the directory."),

    list("plugins.directories", "[\"plugins\"]", 1, 100, nullptr, "Where plugins are looked for, in order."),
    text("plugins.adapter", nullptr, 1, 4096, "Carries messages between nodes; absent: this node is alone."),
    list("plugins.middleware", "[]", 0, 100, nullptr, "See handshakes and events before applications, in this order."),
    list("plugins.applications", "[]", 0, 100, nullptr, "Handle the events of the namespaces they claim."),
    duration("plugins.start_timeout", "\"10s\"", 10 * ms, hour, "A plugin that has not started by then ends the start."),
    duration("plugins.stop_timeout", "\"5s\"", 10 * ms, hour, "A plugin that has not stopped by then is left behind."),
    word("plugins.check_payloads", "\"some\"", "none|some|all",
         "Which of the events that plugins emit are looked at; some: one in 64. What is no JSON is not sent."),
};

/// Keys that SIGHUP and POST /reload take over while the server runs; `.` at the end: all below. What clients were promised at
/// their handshake (heartbeat), and what makes the process (ports, loops, plugins), is none of it.
constexpr std::string_view reloadable[] = {
    "node.shutdown_timeout",
    "drain.",
    "listen.tls.",
    "engine.upgrade_timeout",
    "engine.handshake_timeout",
    "engine.close_timeout",
    "engine.bind_address",
    "engine.max_payload_bytes",
    "engine.max_send_queue_bytes",
    "engine.max_sessions",
    "cors.",
    "socketio.connect_timeout",
    "socketio.attachments_timeout",
    "socketio.max_",
    "socketio.middleware_timeout",
    "socketio.member_timeout",
    "limits.",
    "plugins.check_payloads",
    "log.level",
    "log.components.",
    "admin.token",
    "admin.public_metrics",
    "admin.ready_when_degraded",
};

bool is_reloadable(std::string_view name) {
  return std::any_of(std::begin(reloadable), std::end(reloadable),
                     [name](std::string_view key) { return name.starts_with(key); });
}

/// The host's name as TOML text: the default of `node.name`, so that `--print-config` shows what is in force.
const char* quoted_host_name() {
  static const std::string text = [] {
    std::array<char, 65> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return std::string("'node'");
    return "'" + std::string(name.data()) + "'";
  }();
  return text.c_str();
}

}  // namespace

std::span<const ConfigKey> server_schema() {
  static const std::vector<ConfigKey> schema = [] {
    std::vector<ConfigKey> all(std::begin(keys), std::end(keys));
    all.front().default_value = quoted_host_name();
    for (ConfigKey& key : all) key.reloadable = is_reloadable(key.name);
    return all;
  }();
  return schema;
}

}  // namespace signaling::server
