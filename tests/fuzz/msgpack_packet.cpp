// Socket.IO packets as msgpack: what is accepted is a valid packet as text, and settles after one round trip.

#include <string>

#include <signaling/protocol/engine_payload.hpp>
#include <signaling/protocol/json_text.hpp>
#include <signaling/protocol/msgpack_packet.hpp>
#include <signaling/protocol/placeholder.hpp>

#include "expect.hpp"

namespace {

using namespace signaling::protocol;

void check_as_text(const OwnedPacket& packet, const PacketLimits& limits) {
  std::string text;
  encode_packet_prefix(packet.view.type, packet.view.attachment_count, packet.view.namespace_name, packet.view.ack_id, text);
  text += packet.json;
  const auto again = decode_packet(std::string_view(text).substr(1), limits);
  SIGNALING_FUZZ_EXPECT(is_utf8(text) && again.has_value());
  SIGNALING_FUZZ_EXPECT(again->json == packet.view.json && again->args == packet.view.args);
  if (packet.view.attachment_count > 0) {
    SIGNALING_FUZZ_EXPECT(check_placeholders(packet.json, packet.view.attachment_count).has_value());
  }
}

std::string encoded(const OwnedPacket& packet) {
  std::string message;
  SIGNALING_FUZZ_EXPECT(encode_msgpack_packet(packet.view.type, packet.view.namespace_name, packet.view.ack_id, packet.json,
                                              packet.attachments, message)
                            .has_value());
  return message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes message = std::as_bytes(std::span(data, size));
  const PacketLimits limits;
  OwnedPacket packet;
  if (!decode_msgpack_packet(message, limits, packet)) return 0;
  SIGNALING_FUZZ_EXPECT(packet.json.size() <= 6 * size + 40 * packet.attachments.size());
  for (const Bytes bytes : packet.attachments) {
    SIGNALING_FUZZ_EXPECT(bytes.data() >= message.data() && bytes.data() + bytes.size() <= message.data() + size);
  }
  check_as_text(packet, limits);

  const std::string first = encoded(packet);
  OwnedPacket again;
  const auto decoded = decode_msgpack_packet(std::as_bytes(std::span(first)), limits, again);
  // A map that looks like a placeholder names an attachment once more.
  SIGNALING_FUZZ_EXPECT(decoded.has_value() || decoded.error() == PacketError::bad_attachment_count);
  if (decoded) SIGNALING_FUZZ_EXPECT(encoded(again) == first);
  return 0;
}
