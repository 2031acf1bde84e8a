#pragma once
// The client's WebSocket, on the node that accepted it for a session elsewhere.

#include <cstdint>
#include <optional>

#include <signaling/base/timer_queue.hpp>
#include <signaling/engine/websocket_channel.hpp>

#include "items.hpp"

namespace signaling::forwarding {

class Context;
class ConversationEnd;

/// Part of its forwarded request, which ends with the WebSocket.
///
/// Between `3probe` and its own `5` an official client lets its last poll end and sends nothing. If the WebSocket closes there
/// it stays like that, and notices by its ping timeout alone, after 45 s or more (engine.io-client, `_probe`: `upgrading` stays
/// true). Behind the `5` a close is what it always is, and the client connects anew. So no WebSocket is closed in between.
class ClientTunnel final : public engine::WebSocketHandler, private base::Timer {
 public:
  ClientTunnel(ConversationEnd& end, Context& context) noexcept : end_(end), context_(context) {}
  ~ClientTunnel() override { abandon(); }

  /// The channel's messages already come here.
  void attach(engine::WebSocketChannel& channel) noexcept { channel_ = &channel; }

  // From the owner.

  void send(const FrameItem& frame);
  /// The owner has taken so much of what the client sent.
  void on_taken(std::uint64_t bytes);
  /// Closes the WebSocket and ends the request: now, or in the middle of an upgrade when the client has said `5`, but after
  /// `upgrade_wait` at most. Until then the way to the owner, if there still is one, goes on. The first code counts.
  void end(std::uint16_t code);
  /// At once; nothing where the WebSocket is gone already.
  void abandon();

 private:
  void on_websocket_message(bool is_binary, std::string_view data) override;
  void on_websocket_closed(std::uint16_t code, bool clean) override;
  void on_websocket_drained() override { tell_written(); }
  void on_timer(base::TimePoint) override { end_code_ ? end_now() : tell_written(); }
  void tell_written();
  void look_later(base::Milliseconds after);
  void end_now();

  ConversationEnd& end_;
  Context& context_;
  engine::WebSocketChannel* channel_ = nullptr;
  std::uint64_t received_ = 0;  ///< from the owner, as frames
  std::uint64_t told_ = 0;      ///< of them, as written
  std::uint64_t sent_ = 0;      ///< to the owner
  std::uint64_t taken_ = 0;     ///< of them, by the owner
  bool is_paused_ = false;
  enum class Upgrade : std::uint8_t { asked, answered, done };
  Upgrade upgrade_ = Upgrade::asked;       ///< every WebSocket that names a session begins with one
  std::optional<std::uint16_t> end_code_;  ///< to be closed with, once the client has said `5`
};

}  // namespace signaling::forwarding
