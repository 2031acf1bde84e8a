#pragma once
// What the engine needs from the layer above it.

#include <cstdint>
#include <memory>
#include <string_view>

#include <signaling/base/sid.hpp>

namespace signaling::engine {

class Session;
class HttpExchange;
struct HttpRequest;

/// Why a session ended; the texts are those of engine.io (socketio-facts §1.2).
enum class CloseReason : std::uint8_t {
  transport_error,
  transport_close,
  forced_close,  ///< by the server, through `Session::close`
  ping_timeout,
  parse_error,
  server_shutting_down,
};
std::string_view to_string(CloseReason reason) noexcept;

/// Gets the messages of one session; owned by the session (destroyed with it). On its loop.
class SessionHandler {
 public:
  virtual ~SessionHandler() = default;
  /// One Engine.IO message. `data` is valid for the call; text is valid UTF-8. The session may be closed in here.
  virtual void on_message(bool is_binary, std::string_view data) = 0;
  /// A long text message has come so far, and grows: a chance to check it in parts. Delivered whole by `on_message`. The
  /// session must not be closed in here.
  virtual void on_partial_message(std::string_view) {}
  /// Once, last: nothing is sent or received any more.
  virtual void on_close(CloseReason reason) = 0;
  /// `polling` to `websocket`.
  virtual void on_upgraded() {}
};

/// Why a handshake is refused: Engine.IO code 4 with this message.
struct HandshakeRefusal {
  std::string_view message = {};          ///< empty: `Forbidden`
  unsigned status = 403;                  ///< HTTP; on WebSocket 403 becomes 400
  std::uint32_t retry_after_seconds = 0;  ///< 0: no Retry-After
};

/// The verdict on a handshake; called once, now or later, on the loop of the exchange.
class HandshakeVerdict {
 public:
  virtual ~HandshakeVerdict() = default;
  virtual void allow() = 0;
  virtual void refuse(const HandshakeRefusal& refusal) = 0;
};

/// One per loop; outlives its sessions.
class SessionFactory {
 public:
  /// A new session is to be opened by this request. Answers through `verdict`.
  virtual void check_handshake(const HttpRequest& request, std::unique_ptr<HandshakeVerdict> verdict) = 0;
  /// The handshake is done; `request` is its request. Never nullptr.
  virtual std::unique_ptr<SessionHandler> open(Session& session, const HttpRequest& request) = 0;

 protected:
  ~SessionFactory() = default;
};

}  // namespace signaling::engine
