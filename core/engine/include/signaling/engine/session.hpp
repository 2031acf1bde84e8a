#pragma once
// One Engine.IO connection as the layer above sees it.

#include <cstddef>
#include <span>
#include <string_view>

#include <signaling/base/sid.hpp>
#include <signaling/engine/session_handler.hpp>
#include <signaling/protocol/outbound_message.hpp>

namespace signaling::engine {

enum class TransportName : std::uint8_t { polling, websocket };
std::string_view to_string(TransportName name) noexcept;

enum class SendResult : std::uint8_t {
  sent,
  dropped,   ///< volatile, and the transport was not writable at this moment
  overflow,  ///< the send queue is full: the session is being closed (`transport_error`), on a later turn of the loop
  closed,
};

/// One Engine.IO connection. Lives on one loop; every function on it. Owned by `Engine`, valid until
/// `SessionHandler::on_close` has returned.
class Session {
 public:
  virtual const base::Sid& sid() const = 0;
  virtual TransportName transport() const = 0;
  virtual bool is_open() const = 0;
  /// Sends messages that belong together (a Socket.IO packet and its attachments): nothing comes between them, and volatile
  /// ones are taken or dropped as one. Never calls the handler: a failure is told by `on_close` on a later turn.
  virtual SendResult send(std::span<const protocol::MessagePtr> messages, bool is_volatile = false) = 0;
  /// Flushes what is queued, then closes; `on_close` with that reason is called before this returns. `parse_error` and
  /// `forced_close` close a WebSocket without a status (1005), `server_shutting_down` with 1012.
  virtual void close(CloseReason reason) = 0;
  virtual std::size_t queued_bytes() const = 0;

 protected:
  ~Session() = default;
};

}  // namespace signaling::engine
