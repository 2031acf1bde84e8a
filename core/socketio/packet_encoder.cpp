#include "packet_encoder.hpp"

#include <string>

#include <boost/assert.hpp>

#include <signaling/protocol/json_text.hpp>
#include <signaling/protocol/msgpack_packet.hpp>

namespace signaling::socketio {
namespace {

using protocol::MessagePtr;
using protocol::PacketType;

std::string join(plugin_api::TextPieces pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

/// What plugins hand over is trusted in release builds: it was built from validated slices.
void expect_json([[maybe_unused]] const plugin_api::Payload& payload) {
  BOOST_ASSERT(payload.text.empty() || protocol::is_json(join(payload.text), 1024));
}

}  // namespace

EncodedPacket PacketEncoder::encode(PacketType type, std::string_view namespace_name, std::uint64_t ack_id,
                                    const plugin_api::Payload& payload, bool compress) const {
  EncodedPacket packet;
  if (parser_ == Parser::msgpack) {
    std::string bytes;
    if (!protocol::encode_msgpack_packet(type, namespace_name, ack_id, join(payload.text), payload.attachments, bytes)) {
      return packet;  // not valid JSON: a plugin's mistake; nothing is sent rather than something broken
    }
    packet.push_back(MessagePtr::binary(std::as_bytes(std::span(bytes)), compress));
    return packet;
  }
  if (!payload.attachments.empty()) {
    if (type == PacketType::event) type = PacketType::binary_event;
    if (type == PacketType::ack) type = PacketType::binary_ack;
  }
  thread_local std::string prefix;  // kept for its capacity: encoding allocates the message alone
  protocol::encode_packet_prefix(type, static_cast<std::uint32_t>(payload.attachments.size()), namespace_name, ack_id, prefix);
  packet.push_back(MessagePtr::text(prefix, payload.text, compress));
  for (const plugin_api::Bytes attachment : payload.attachments) packet.push_back(MessagePtr::binary(attachment, compress));
  return packet;
}

EncodedPacket PacketEncoder::event(std::string_view namespace_name, const plugin_api::Payload& payload, std::uint64_t ack_id,
                                   bool compress) const {
  expect_json(payload);
  return encode(PacketType::event, namespace_name, ack_id, payload, compress);
}

EncodedPacket PacketEncoder::relayed_event(std::string_view namespace_name, const plugin_api::Payload& payload,
                                           std::uint64_t ack_id, bool compress) const {
  return encode(PacketType::event, namespace_name, ack_id, payload, compress);
}

EncodedPacket PacketEncoder::ack(std::string_view namespace_name, const plugin_api::Payload& payload,
                                 std::uint64_t ack_id) const {
  expect_json(payload);
  return encode(PacketType::ack, namespace_name, ack_id, payload, true);
}

EncodedPacket PacketEncoder::control(PacketType type, std::string_view namespace_name, std::string_view json) const {
  const std::string_view pieces[] = {json};
  plugin_api::Payload payload;
  if (!json.empty()) payload.text = pieces;
  return encode(type, namespace_name, protocol::no_ack, payload, true);
}

}  // namespace signaling::socketio
