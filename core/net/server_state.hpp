#pragma once
// What the loops of one server share.

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include <signaling/net/http_service.hpp>
#include <signaling/net/options.hpp>

#include "connection_limiter.hpp"

namespace signaling::net {

class Worker;

/// Filled before the threads start and constant then, but for what says otherwise.
struct ServerState {
  explicit ServerState(ServerOptions o)
      : options(std::move(o)), limiter(options.max_connections, options.max_connections_per_address) {}

  const ServerOptions options;
  const ConnectionRouter* router = nullptr;
  ConnectionLimiter limiter;
  std::atomic<bool> draining{false};  ///< answers end their connections

  /// TLS context for connections to come. [any thread]
  std::shared_ptr<const TlsContext> tls(std::size_t endpoint) const {
    const std::lock_guard lock(tls_mutex);
    return tls_contexts[endpoint];
  }
  mutable std::mutex tls_mutex;  ///< guards tls_contexts
  std::vector<std::shared_ptr<const TlsContext>> tls_contexts;
  std::vector<std::unique_ptr<Worker>> workers;  ///< last: what they still hold settles with the limiter
};

}  // namespace signaling::net
