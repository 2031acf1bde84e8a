#pragma once
// The plugin's table of the configuration file. Constant data: the host reads it before any code of the plugin runs.

#include <signaling/plugin_api/config.hpp>

namespace signaling::nats_adapter {

using plugin_api::KeyType;

inline constexpr plugin_api::ConfigKey schema[] = {
    {"url", KeyType::string, "\"nats://127.0.0.1:4222\"", 1, 2'048, nullptr, false, false, true,
     "Where NATS is: nats://[user:password@]host[:port], tls:// for TLS. Several servers of one cluster separated by commas."},
    {"urls", KeyType::string_list, nullptr, 1, 64, nullptr, false, false, true,
     "In place of url: servers of one NATS cluster."},
    {"username", KeyType::string, nullptr, 0, 256, nullptr, true, false, false, "User, where the URL has none."},
    {"password", KeyType::string, nullptr, 0, 4'096, nullptr, true, false, true, "Password, where the URL has none."},
    {"password_file", KeyType::string, nullptr, 1, 4'096, nullptr, true, false, false,
     "File that holds the password and nothing else but a line end."},
    {"token", KeyType::string, nullptr, 0, 4'096, nullptr, true, false, true, "In place of user and password."},
    {"token_file", KeyType::string, nullptr, 1, 4'096, nullptr, true, false, false,
     "File that holds the token and nothing else but a line end."},
    {"credentials_file", KeyType::string, nullptr, 1, 4'096, nullptr, true, false, false,
     "File of a NATS user (JWT and seed), as nsc writes it, in place of user and password."},
    {"tls_verify", KeyType::boolean, "true", 0, 0, nullptr, false, false, false,
     "Check the server's certificate and name (tls:// only)."},
    {"tls_ca_file", KeyType::string, nullptr, 1, 4'096, nullptr, false, false, false,
     "Certificates that the server's is checked against, PEM. Without: the system's."},
    {"tls_cert_file", KeyType::string, nullptr, 1, 4'096, nullptr, false, false, false, "Certificate of this client, PEM."},
    {"tls_key_file", KeyType::string, nullptr, 1, 4'096, nullptr, false, false, false, "Key of this client, PEM."},
    {"tls_server_name", KeyType::string, nullptr, 1, 255, nullptr, false, false, false,
     "Name the server's certificate is checked for. Without: the host of the URL."},
    {"prefix", KeyType::string, "\"signaling\"", 1, 64, nullptr, false, false, false,
     "First part of all subjects and of the stream's name: clusters that share an account of NATS need different ones."},
    {"storage", KeyType::string, "\"memory\"", 0, 0, "memory|file", false, false, false,
     "Where the stream with the members of rooms is kept. Only matters when the stream is made."},
    {"replicas", KeyType::integer, "1", 1, 5, nullptr, false, false, false,
     "Servers of a JetStream cluster that keep the stream. Only matters when the stream is made."},
    {"max_stream_bytes", KeyType::integer, "0", 0, 1'099'511'627'776, nullptr, false, false, false,
     "Bound of the stream; a member that does not fit in is refused. 0: the server's own. Only matters when it is made."},
    {"lease", KeyType::duration, "\"10s\"", 1'000, 300'000, nullptr, false, false, false,
     "A node that is not heard for so long is lost, and its members are gone. The same on all nodes."},
    {"operation_timeout", KeyType::duration, "\"5s\"", 100, 60'000, nullptr, true, false, false,
     "How long a presence operation may wait for its answer, and for NATS to be ready."},
    {"connect_timeout", KeyType::duration, "\"2s\"", 100, 3'000, nullptr, false, false, false,
     "For each attempt to connect to one server."},
    {"reconnect_max_delay", KeyType::duration, "\"1s\"", 50, 60'000, nullptr, false, false, false,
     "Longest pause between two rounds of attempts; it begins at 50 ms and doubles."},
    {"max_queue_bytes", KeyType::integer, "67_108_864", 1'048'576, 4'294'967'296, nullptr, false, false, false,
     "Bytes that may wait to be taken up, from the core and from NATS each; what is beyond is dropped."},
    {"max_members_per_room", KeyType::integer, "1_000_000", 1, 1'000'000'000, nullptr, true, false, false,
     "Members of one room, whatever the application asks for. A room also has to fit in one message of NATS."},
    {"max_value_bytes", KeyType::integer, "65_536", 1, 16'777'216, nullptr, true, false, false,
     "What a member may register about itself, in bytes."},
    {"max_waiting_operations", KeyType::integer, "100_000", 1, 10'000'000, nullptr, true, false, false,
     "Presence operations that may be under way or wait at the same time."},
};

}  // namespace signaling::nats_adapter
