#include "websocket_transport.hpp"

#include <string>
#include <utility>
#include <vector>

#include <signaling/protocol/engine_payload.hpp>

#include "engine_session.hpp"

namespace signaling::engine {

void WebSocketTransport::send(const protocol::MessagePtr& message) {
  if (!base64_ || message->kind() == protocol::OutboundMessage::Kind::text) {
    channel_->send(message);
    return;
  }
  std::string text;
  protocol::append_to_payload(*message, text);
  channel_->send(protocol::MessagePtr::text(text, {}, message->compress()));
}

void WebSocketTransport::close(std::uint16_t code) {
  if (channel_ != nullptr) std::exchange(channel_, nullptr)->close(code);
}

void WebSocketTransport::abandon() {
  if (channel_ != nullptr) std::exchange(channel_, nullptr)->abandon();
}

void WebSocketTransport::on_websocket_message(bool is_binary, std::string_view data) {
  if (is_binary) return session_.on_packet({protocol::EnginePacketType::message, true, data});
  if (data.starts_with('b')) return receive_base64(data);
  const auto packet = protocol::decode_engine_packet(data);
  if (!packet) return session_.fail(CloseReason::parse_error);
  session_.on_packet(*packet);
}

void WebSocketTransport::on_websocket_partial(std::string_view text) {
  if (text.starts_with('4')) session_.on_partial_message(text.substr(1));  // of an Engine.IO message
}

// The official client's `forceBase64` sends binary in this form over WebSocket too.
void WebSocketTransport::receive_base64(std::string_view text) {
  std::vector<protocol::EnginePacketView> packets;
  std::string bytes;
  if (!protocol::decode_payload(text, packets, bytes) || packets.size() != 1) {
    return session_.fail(CloseReason::parse_error);
  }
  session_.on_packet(packets.front());
}

void WebSocketTransport::on_websocket_closed(std::uint16_t code, bool clean) {
  channel_ = nullptr;
  // 1006 is a connection that just ended; any other code without a close frame from the client is a violation of RFC 6455.
  constexpr std::uint16_t closed_abnormally = 1006;
  const bool is_violation = !clean && code != closed_abnormally;
  session_.fail(is_violation ? CloseReason::transport_error : CloseReason::transport_close);
}

}  // namespace signaling::engine
