#pragma once
// Decides what a request to the engine is: the checks of engine.io's `verify` in its order (socketio-facts §1.3). Pure.

#include <optional>
#include <string>

#include <signaling/engine/engine.hpp>
#include <signaling/engine/http_exchange.hpp>
#include <signaling/engine/options.hpp>
#include <signaling/engine/session.hpp>

namespace signaling::engine {

/// The engine's part of a query, decoded.
struct EngineQuery {
  std::string transport;
  std::string sid;
  bool is_version_4 = false;  ///< `EIO=4`, exactly; anything else, nothing included, is revision 3
  bool base64 = false;        ///< `b64` given: binary goes as base64 text even over WebSocket

  static EngineQuery parse(const HttpRequest& request);
};

enum class RequestKind : std::uint8_t {
  error,
  handshake,  ///< a new session, still to be allowed and then held to its version
  poll,
  post,
  probe,             ///< a WebSocket for a session on polling
  accept_and_close,  ///< a WebSocket that engine.io accepts, only to close it
  wrong_method,
};

struct RequestVerdict {
  RequestKind kind = RequestKind::error;
  ErrorCode error = ErrorCode::bad_request;          ///< of `error`
  TransportName transport = TransportName::polling;  ///< of `handshake`
  std::string_view message;                          ///< of `error`, in place of its usual one; static text
};

/// What the session that `query.sid` names is on; nullopt where there is none.
using SessionTransport = std::optional<TransportName>;

RequestVerdict check_request(const HttpRequest& request, const EngineQuery& query, const Options& options,
                             SessionTransport session);

}  // namespace signaling::engine
