#pragma once
// Where the servers are, and how to talk to them. Plain values: `plugin.cpp` fills them from the TOML table.

#include <broker_parts/tls_options.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace signaling::redis_adapter {

/// Where one server listens: host and port, or the path of a Unix socket.
struct ServerAddress {
  std::string host;  ///< name, IPv4 or IPv6 address without brackets
  std::uint16_t port = 6379;
  std::string path;  ///< not empty: a Unix socket, and host and port mean nothing

  bool is_unix() const noexcept { return !path.empty(); }
  /// `host:port`, `[v6]:port` or the path: for logs and messages.
  std::string text() const;
  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
  friend auto operator<=>(const ServerAddress&, const ServerAddress&) = default;
};

struct Credentials {
  std::string username;  ///< empty: the default user
  std::string password;  ///< empty: no AUTH is sent
};

using broker_parts::TlsOptions;

enum class TopologyKind : std::uint8_t { single, sentinel, cluster };

struct BackendOptions {
  TopologyKind topology = TopologyKind::single;
  /// single: one. sentinel: the sentinels. cluster: seeds, of which one has to answer.
  std::vector<ServerAddress> addresses;
  Credentials credentials;           ///< of the servers that hold data
  Credentials sentinel_credentials;  ///< of the sentinels
  std::string sentinel_master = "mymaster";
  std::uint32_t database = 0;             ///< not in a cluster
  TlsOptions tls;                         ///< for every connection, those to sentinels too
  std::string client_name = "signaling";  ///< shown by CLIENT LIST; no spaces

  std::chrono::milliseconds connect_timeout{2'000};  ///< name, connection, TLS and login together
  std::chrono::milliseconds command_timeout{2'000};  ///< no answer to the oldest command for so long: the connection is closed
  std::chrono::milliseconds backoff_min{50};
  std::chrono::milliseconds backoff_max{1'000};
  std::chrono::microseconds flush_delay{0};            ///< 0: written at the end of the turn; at most 1 ms
  std::chrono::milliseconds topology_refresh{30'000};  ///< CLUSTER SLOTS; the sentinels' answer
  std::size_t max_queue_bytes = 64u << 20;             ///< of commands that are not answered yet, for each connection
  std::size_t max_reply_bytes = 64u << 20;             ///< a larger reply ends the connection
};

}  // namespace signaling::redis_adapter
