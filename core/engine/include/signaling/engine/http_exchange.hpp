#pragma once
// One HTTP request and its answer, as the engine sees it. `net` implements it on a connection; a request that came to
// another node is served through an implementation of its own.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <signaling/engine/websocket_channel.hpp>

namespace signaling::engine {

/// Views are valid until the exchange is answered or lost.
struct HttpRequest {
  std::string_view method;  ///< as sent: `GET`
  std::string_view target;  ///< as sent: path and query
  std::string_view path;
  std::string_view query;                                              ///< without `?`, not decoded
  std::vector<std::pair<std::string_view, std::string_view>> headers;  ///< in order, values trimmed
  std::string_view body;
  std::string_view remote_address;  ///< the client's real address, numeric
  bool secure = false;
  bool wants_websocket = false;  ///< a valid RFC 6455 upgrade request

  /// First header of that name, any case; empty where absent.
  std::string_view header(std::string_view name) const noexcept;
  /// Last value of a query parameter (as engine.io takes it), percent-decoded with `+` as a space; false where absent.
  bool query_value(std::string_view name, std::string& value) const;
};

struct HttpReply {
  unsigned status = 200;
  std::string_view content_type = "text/html";  ///< static text
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< beside Content-Type, Content-Length, Connection, Date
  bool compressible = false;  ///< may be gzipped or deflated where the client accepts it and the threshold is reached
  bool close = false;         ///< the connection ends after this answer
};

/// Told when the connection went away before an answer.
class ExchangeOwner {
 public:
  virtual void on_exchange_lost() = 0;
  /// The node that has the connection stops: an answer that may as well be given now should be, so that the client goes on
  /// through another node. The exchange may be answered in here.
  virtual void on_answer_wanted() {}

 protected:
  ~ExchangeOwner() = default;
};

/// All functions on the loop of the session. The owner of the exchange is the connection; whoever keeps a pointer to it
/// past the call registers with `set_owner`, and drops the pointer on `respond`, `accept_websocket` or `on_exchange_lost`.
class HttpExchange {
 public:
  virtual const HttpRequest& request() const = 0;
  /// Once. The exchange must not be touched afterwards.
  virtual void respond(HttpReply&& reply) = 0;
  /// Ends the HTTP part with 101 and these additional headers. The exchange must not be touched afterwards; `handler` gets
  /// the frames, starting after this call has returned. Only where `request().wants_websocket`.
  virtual WebSocketChannel& accept_websocket(WebSocketHandler& handler,
                                             const std::vector<std::pair<std::string, std::string>>& headers) = 0;
  virtual void set_owner(ExchangeOwner* owner) = 0;

 protected:
  ~HttpExchange() = default;
};

}  // namespace signaling::engine
