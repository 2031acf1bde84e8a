#pragma once
// A client's WebSocket at another node, as the engine of the session's node sees it.

#include <cstdint>

#include <signaling/engine/websocket_channel.hpp>

#include "items.hpp"

namespace signaling::forwarding {

class Context;
class ConversationEnd;

/// What is on its way counts as queued until the other node says that the client's kernel has it. Part of its served request,
/// which ends with it.
class TunnelChannel final : public engine::WebSocketChannel {
 public:
  TunnelChannel(ConversationEnd& end, Context& context, engine::WebSocketHandler& handler);
  ~TunnelChannel();

  void send(const protocol::MessagePtr& message) override;
  std::size_t queued_bytes() const override { return static_cast<std::size_t>(sent_ - written_); }
  bool is_writable() const override;
  void close(std::uint16_t code) override;
  void abandon() override;
  void set_handler(engine::WebSocketHandler& handler) override { handler_ = &handler; }
  /// The session takes what comes as it comes; the other node paces the client.
  void set_reading(bool) override {}

  // From the other node.

  void receive(const FrameItem& frame);
  void on_written(std::uint64_t bytes);
  /// The client's WebSocket is gone, or the way to it.
  void on_closed(std::uint16_t code, bool clean);

 private:
  void on_handler_exception();

  ConversationEnd& end_;
  Context& context_;
  engine::WebSocketHandler* handler_;
  std::uint64_t sent_ = 0;      ///< to the other node, as frames
  std::uint64_t written_ = 0;   ///< of them, to the client
  std::uint64_t received_ = 0;  ///< from the client
  std::uint64_t told_ = 0;      ///< of them, as taken
  mutable bool was_blocked_ = false;
};

}  // namespace signaling::forwarding
