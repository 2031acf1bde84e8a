#include "tunnel_channel.hpp"

#include <algorithm>
#include <utility>

#include "context.hpp"
#include "conversation_end.hpp"
#include "flow.hpp"
#include "item_writer.hpp"

namespace signaling::forwarding {
namespace {

constexpr std::uint16_t internal_error = 1011;

}  // namespace

TunnelChannel::TunnelChannel(ConversationEnd& end, Context& context, engine::WebSocketHandler& handler)
    : end_(end), context_(context), handler_(&handler) {
  context_.counters().served_tunnels.add();
}

TunnelChannel::~TunnelChannel() { context_.counters().served_tunnels.subtract(); }

void TunnelChannel::send(const protocol::MessagePtr& message) {
  if (handler_ == nullptr) return;
  sent_ += message->frame().size();
  const bool is_binary = message->kind() == protocol::OutboundMessage::Kind::binary;
  end_.say().frame(is_binary, message->compress(), message->payload());
}

bool TunnelChannel::is_writable() const {
  const bool is_blocked = sent_ - written_ > download_window;
  was_blocked_ = was_blocked_ || is_blocked;
  return !is_blocked;
}

void TunnelChannel::close(std::uint16_t code) {
  if (std::exchange(handler_, nullptr) == nullptr) return;
  end_.say().close(code, false);
  end_.finish();
}

void TunnelChannel::abandon() {
  if (std::exchange(handler_, nullptr) == nullptr) return;
  end_.say().abandon();
  end_.finish();
}

void TunnelChannel::receive(const FrameItem& frame) {
  if (handler_ == nullptr) return;
  received_ += frame_cost(frame.data);
  try {
    handler_->on_websocket_message(frame.is_binary, frame.data);
  } catch (...) {
    return on_handler_exception();
  }
  if (handler_ == nullptr || received_ - told_ < told_after) return;
  told_ = received_;
  end_.say().written(received_);
}

void TunnelChannel::on_written(std::uint64_t bytes) {
  written_ = std::clamp(bytes, written_, sent_);
  if (handler_ == nullptr || !was_blocked_ || sent_ - written_ > download_window) return;
  was_blocked_ = false;
  try {
    handler_->on_websocket_drained();
  } catch (...) {
    on_handler_exception();
  }
}

void TunnelChannel::on_closed(std::uint16_t code, bool clean) {
  engine::WebSocketHandler* handler = std::exchange(handler_, nullptr);
  if (handler == nullptr) return;
  try {
    handler->on_websocket_closed(code, clean);
  } catch (...) {
    context_.counters().exceptions.add();
  }
}

// As for a connection of this node: 1011, and the session is told.
void TunnelChannel::on_handler_exception() {
  context_.counters().exceptions.add();
  if (handler_ == nullptr) return;
  end_.say().close(internal_error, false);
  on_closed(internal_error, false);
  end_.finish();
}

}  // namespace signaling::forwarding
