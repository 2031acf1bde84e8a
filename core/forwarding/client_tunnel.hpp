#pragma once
// The client's WebSocket, on the node that accepted it for a session elsewhere.

#include <cstdint>

#include <signaling/base/timer_queue.hpp>
#include <signaling/engine/websocket_channel.hpp>

#include "items.hpp"

namespace signaling::forwarding {

class Context;
class ConversationEnd;

/// Part of its forwarded request. Ends it when the client goes away; the owner's `close` and `abandon` end only the WebSocket.
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
  /// Nothing where the WebSocket is gone already; both.
  void close(std::uint16_t code);
  void abandon();

 private:
  void on_websocket_message(bool is_binary, std::string_view data) override;
  void on_websocket_closed(std::uint16_t code, bool clean) override;
  void on_websocket_drained() override { tell_written(); }
  void on_timer(base::TimePoint) override { tell_written(); }
  void tell_written();
  void look_later(base::Milliseconds after);

  ConversationEnd& end_;
  Context& context_;
  engine::WebSocketChannel* channel_ = nullptr;
  std::uint64_t received_ = 0;  ///< from the owner, as frames
  std::uint64_t told_ = 0;      ///< of them, as written
  std::uint64_t sent_ = 0;      ///< to the owner
  std::uint64_t taken_ = 0;     ///< of them, by the owner
  bool is_paused_ = false;
};

}  // namespace signaling::forwarding
