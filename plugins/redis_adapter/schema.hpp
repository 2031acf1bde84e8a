#pragma once
// The plugin's table of the configuration file. Constant data: the host reads it before any code of the plugin runs.

#include <signaling/plugin_api/config.hpp>

namespace signaling::redis_adapter {

using plugin_api::KeyType;

inline constexpr plugin_api::ConfigKey schema[] = {
    {"url", KeyType::string, "\"redis://127.0.0.1:6379\"", 1, 2'048, nullptr, false, false, true,
     "Where Redis is: redis://[user:password@]host[:port][/database], rediss:// for TLS, unix:///path[?db=n]. Several "
     "separated by commas for Sentinel and cluster."},
    {"urls", KeyType::string_list, nullptr, 1, 64, nullptr, false, false, true,
     "In place of url: the Sentinels, or the nodes of a Redis Cluster that are asked for the others."},
    {"topology", KeyType::string, "\"single\"", 0, 0, "single|sentinel|cluster", false, false, false,
     "What the URLs name: one server, Sentinels, or a Redis Cluster (Redis 7 or newer)."},
    {"sentinel_master", KeyType::string, "\"mymaster\"", 1, 256, nullptr, false, false, false,
     "Name of the master that the Sentinels watch."},
    {"username", KeyType::string, nullptr, 0, 256, nullptr, true, false, false,
     "User, where the URL has none. Without: the default user."},
    {"password", KeyType::string, nullptr, 0, 4'096, nullptr, true, false, true, "Password, where the URL has none."},
    {"password_file", KeyType::string, nullptr, 1, 4'096, nullptr, true, false, false,
     "File that holds the password and nothing else but a line end."},
    {"sentinel_username", KeyType::string, nullptr, 0, 256, nullptr, true, false, false, "User for the Sentinels."},
    {"sentinel_password", KeyType::string, nullptr, 0, 4'096, nullptr, true, false, true, "Password for the Sentinels."},
    {"sentinel_password_file", KeyType::string, nullptr, 1, 4'096, nullptr, true, false, false,
     "File that holds the password for the Sentinels."},
    {"database", KeyType::integer, nullptr, 0, 1'000'000, nullptr, false, false, false,
     "Number of the database, where the URL has none. Not in a cluster. Channels are shared by all databases."},
    {"tls_verify", KeyType::boolean, "true", 0, 0, nullptr, false, false, false,
     "Check the server's certificate and name (rediss:// only)."},
    {"tls_ca_file", KeyType::string, nullptr, 1, 4'096, nullptr, false, false, false,
     "Certificates that the server's is checked against, PEM. Without: the system's."},
    {"tls_cert_file", KeyType::string, nullptr, 1, 4'096, nullptr, false, false, false, "Certificate of this client, PEM."},
    {"tls_key_file", KeyType::string, nullptr, 1, 4'096, nullptr, false, false, false,
     "Key of this client, PEM. Without: it stands in tls_cert_file."},
    {"tls_server_name", KeyType::string, nullptr, 1, 255, nullptr, false, false, false,
     "Name the server's certificate is checked for. Without: the host of the address."},
    {"prefix", KeyType::string, "\"signaling\"", 1, 64, nullptr, false, false, false,
     "First part of all keys and channels: clusters that share a Redis need different ones. No braces, no spaces."},
    {"lease", KeyType::duration, "\"10s\"", 2'000, 300'000, nullptr, false, false, false,
     "A node that Redis has not heard for so long is lost, and its members are gone. The same on all nodes."},
    {"operation_timeout", KeyType::duration, "\"5s\"", 100, 60'000, nullptr, true, false, false,
     "How long a presence operation may wait for Redis to be ready."},
    {"connect_timeout", KeyType::duration, "\"2s\"", 100, 60'000, nullptr, true, false, false,
     "For each attempt to connect: name, connection, TLS and login together."},
    {"command_timeout", KeyType::duration, "\"2s\"", 100, 60'000, nullptr, true, false, false,
     "A connection that leaves a command unanswered for so long is closed."},
    {"reconnect_max_delay", KeyType::duration, "\"1s\"", 50, 60'000, nullptr, false, false, false,
     "Longest pause between two attempts to connect; it begins at 50 ms and grows, with jitter."},
    {"flush_delay", KeyType::duration, "\"0ms\"", 0, 1, nullptr, false, false, false,
     "How long commands may wait for others to be written with; 0ms: written at the end of the event loop's turn."},
    {"probe_timeout", KeyType::duration, "\"2s\"", 500, 60'000, nullptr, false, false, false,
     "A subscription that does not deliver this node's own probe for so long is rebuilt."},
    {"max_queue_bytes", KeyType::integer, "67_108_864", 1'048'576, 4'294'967'296, nullptr, false, false, false,
     "Bytes that may wait to be taken up, and for Redis to answer, for each connection; what is beyond is dropped."},
    {"max_reply_bytes", KeyType::integer, "67_108_864", 1'048'576, 4'294'967'296, nullptr, false, false, false,
     "A longer answer or message ends the connection."},
    {"max_batch_bytes", KeyType::integer, "65_536", 1'024, 16'777'216, nullptr, false, false, false,
     "Messages of one turn to one channel are sent as one, up to so many bytes."},
    {"max_members_per_room", KeyType::integer, "1_000_000", 1, 1'000'000'000, nullptr, true, false, false,
     "Members of one room, whatever the application asks for."},
    {"max_value_bytes", KeyType::integer, "65_536", 1, 16'777'216, nullptr, true, false, false,
     "What a member may register about itself, in bytes."},
    {"max_waiting_operations", KeyType::integer, "100_000", 1, 10'000'000, nullptr, true, false, false,
     "Presence operations that may wait for Redis to be ready."},
};

}  // namespace signaling::redis_adapter
