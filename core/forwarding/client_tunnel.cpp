#include "client_tunnel.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <signaling/protocol/engine_payload.hpp>

#include "context.hpp"
#include "conversation_end.hpp"
#include "flow.hpp"
#include "item_writer.hpp"

namespace signaling::forwarding {
namespace {

bool is_packet(bool is_binary, std::string_view text, protocol::EnginePacketType type, std::string_view data) {
  const auto packet = protocol::decode_engine_packet(text);
  return !is_binary && packet && packet->type == type && packet->data == data;
}

}  // namespace

void ClientTunnel::send(const FrameItem& frame) {
  if (channel_ == nullptr) return;
  using protocol::MessagePtr;
  const std::string_view data = frame.data;
  const MessagePtr message = frame.is_binary ? MessagePtr::binary(std::as_bytes(std::span(data)), frame.compress)
                                             : MessagePtr::text(data, {}, frame.compress);
  received_ += message->frame().size();
  channel_->send(message);
  if (upgrade_ == Upgrade::asked && is_packet(frame.is_binary, data, protocol::EnginePacketType::pong, "probe"))
    upgrade_ = Upgrade::answered;
  // It is written at the end of this turn at the earliest.
  if (received_ - told_ >= told_after && !is_armed()) look_later(first_look);
}

void ClientTunnel::look_later(base::Milliseconds after) { context_.loop().timers().arm(*this, context_.loop().now() + after); }

// Where permessage-deflate was agreed on, what is queued is smaller than what was received: it then counts as it would for a
// session of this node.
void ClientTunnel::tell_written() {
  if (channel_ == nullptr) return;
  const std::uint64_t written = received_ - std::min<std::uint64_t>(received_, channel_->queued_bytes());
  if (written > told_) {
    told_ = written;
    end_.say().written(written);
  }
  if (received_ - told_ >= told_after && !is_armed()) look_later(next_look);
}

void ClientTunnel::on_websocket_message(bool is_binary, std::string_view data) {
  if (end_.has_finished()) return;
  sent_ += frame_cost(data);
  end_.say().frame(is_binary, false, data);
  if (upgrade_ != Upgrade::done && is_packet(is_binary, data, protocol::EnginePacketType::upgrade, {})) {
    upgrade_ = Upgrade::done;
    if (end_code_) return end_now();
  }
  if (sent_ - taken_ <= upload_window || std::exchange(is_paused_, true)) return;
  channel_->set_reading(false);
}

void ClientTunnel::on_taken(std::uint64_t bytes) {
  taken_ = std::clamp(bytes, taken_, sent_);
  if (!is_paused_ || channel_ == nullptr || sent_ - taken_ > upload_window / 2) return;
  is_paused_ = false;
  channel_->set_reading(true);
}

void ClientTunnel::on_websocket_closed(std::uint16_t code, bool clean) {
  channel_ = nullptr;
  if (end_.has_finished()) return;
  end_.say().close(code, clean);
  end_.finish();
}

void ClientTunnel::end(std::uint16_t code) {
  if (end_code_) return;
  end_code_ = code;
  if (channel_ == nullptr || upgrade_ != Upgrade::answered) return end_now();
  // Nothing was sent yet that would have to be told as written: the timer is free.
  look_later(upgrade_wait);
}

void ClientTunnel::end_now() {
  if (channel_ != nullptr) std::exchange(channel_, nullptr)->close(*end_code_);
  end_.say().close(*end_code_, false);
  end_.finish();
}

void ClientTunnel::abandon() {
  if (channel_ != nullptr) std::exchange(channel_, nullptr)->abandon();
}

}  // namespace signaling::forwarding
