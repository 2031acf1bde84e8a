#pragma once
// A WebSocket connection as the engine sees it; implemented by `net`.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <signaling/protocol/outbound_message.hpp>

namespace signaling::engine {

/// Gets what arrives on one WebSocket. On its loop. The channel is valid until `on_websocket_closed` is called, or until the
/// handler has called `WebSocketChannel::close` or `abandon` (no callback comes after those).
class WebSocketHandler {
 public:
  /// One whole message, unmasked, inflated, valid UTF-8 where text. `data` is valid for the call.
  virtual void on_websocket_message(bool is_binary, std::string_view data) = 0;
  /// A long text message has come so far, and grows; told now and then, so that it can be looked at in parts. It is delivered
  /// whole by `on_websocket_message`. The connection must not be closed in here.
  virtual void on_websocket_partial(std::string_view) {}
  /// The connection is gone: close frame (`code` as received, 1005 without), protocol error, or TCP end (1006). `clean` is true
  /// for a close frame from the client.
  virtual void on_websocket_closed(std::uint16_t code, bool clean) = 0;
  /// What was buffered has been written to the kernel. Only told where `is_writable` had become false.
  virtual void on_websocket_drained() = 0;

 protected:
  ~WebSocketHandler() = default;
};

class WebSocketChannel {
 public:
  /// Queues a frame; it is written with everything else of this loop turn (corked). Never calls the handler.
  virtual void send(const protocol::MessagePtr& message) = 0;
  /// Bytes queued here and not yet taken by the kernel.
  virtual std::size_t queued_bytes() const = 0;
  /// False while an earlier turn's bytes still wait for the kernel: a volatile message is then dropped.
  virtual bool is_writable() const = 0;
  /// Sends what is queued, then a close frame (1005: without a code), waits a bounded time for the peer's, and ends the
  /// connection. The channel must not be touched afterwards.
  virtual void close(std::uint16_t code) = 0;
  /// Ends the connection at once. The channel must not be touched afterwards.
  virtual void abandon() = 0;
  /// False: nothing more is read from the client, whose messages then wait in its kernel and ours; what has been read already
  /// is still delivered. True: reading goes on. A connection that the client ends meanwhile may be noticed only then.
  virtual void set_reading(bool reading) = 0;
  /// Hands the messages to another handler (the upgrade: from the probe to the session).
  virtual void set_handler(WebSocketHandler& handler) = 0;

 protected:
  ~WebSocketChannel() = default;
};

}  // namespace signaling::engine
