#pragma once
// What answers HTTP requests on one loop.

#include <signaling/engine/http_exchange.hpp>

namespace signaling::net {

class Cors;
struct CompressionOptions;

/// What net adds to the answers of a route, error answers of its own (413 …) included. nullptr: nothing.
struct ResponsePolicy {
  const Cors* cors = nullptr;
  const CompressionOptions* compression = nullptr;  ///< of `HttpReply`s marked `compressible`
};

/// One per loop, or one without state for all. Must outlive the server's loops. On the loop.
class HttpService {
 public:
  /// The whole request has arrived. The exchange is answered now or later (see `HttpExchange`).
  virtual void handle(engine::HttpExchange& exchange) = 0;
  /// The header has arrived. The result must stay valid as long as the service. Preflight requests of a route with CORS are
  /// answered by net and do not reach `handle`.
  virtual const ResponsePolicy* policy(const engine::HttpRequest&) const { return nullptr; }

 protected:
  ~HttpService() = default;
};

/// Which loop a request belongs to: that of its session.
class ConnectionRouter {
 public:
  /// @return index of the loop that must serve the request (its connection moves there first); `current` where any may.
  /// [any loop thread]
  virtual std::uint32_t loop_for(const engine::HttpRequest& request, std::uint32_t current) const = 0;

 protected:
  ~ConnectionRouter() = default;
};

}  // namespace signaling::net
