#pragma once
// The WebSocket side of a session: frames in, packets out.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <signaling/engine/websocket_channel.hpp>

namespace signaling::engine {

class EngineSession;

/// Empty until a channel is attached; after the channel's end it stays detached. Part of its session.
class WebSocketTransport final : public WebSocketHandler {
 public:
  explicit WebSocketTransport(EngineSession& session) noexcept : session_(session) {}

  /// The channel's messages already come here. `base64`: the client takes binary as text only (`b64` in its query).
  void attach(WebSocketChannel& channel, bool base64) noexcept {
    channel_ = &channel;
    base64_ = base64;
  }
  bool is_attached() const noexcept { return channel_ != nullptr; }
  bool is_writable() const { return channel_ != nullptr && channel_->is_writable(); }
  std::size_t queued_bytes() const { return channel_ == nullptr ? 0 : channel_->queued_bytes(); }
  void send(const protocol::MessagePtr& message);
  /// Both detach; nothing where detached already.
  void close(std::uint16_t code);
  void abandon();

 private:
  void on_websocket_message(bool is_binary, std::string_view data) override;
  void on_websocket_partial(std::string_view text) override;
  void on_websocket_closed(std::uint16_t code, bool clean) override;
  void on_websocket_drained() override {}
  void receive_base64(std::string_view text);

  EngineSession& session_;
  WebSocketChannel* channel_ = nullptr;
  bool base64_ = false;
};

inline constexpr std::uint16_t close_without_status = 1005;
inline constexpr std::uint16_t close_service_restart = 1012;

}  // namespace signaling::engine
