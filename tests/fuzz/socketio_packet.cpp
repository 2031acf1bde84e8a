// Socket.IO packets as text: what is accepted reads the same when it is written again, also by way of msgpack.

#include <string>
#include <vector>

#include <signaling/plugin_api/placeholders.hpp>
#include <signaling/protocol/engine_payload.hpp>
#include <signaling/protocol/json_text.hpp>
#include <signaling/protocol/msgpack_packet.hpp>
#include <signaling/protocol/packet_progress.hpp>
#include <signaling/protocol/placeholder.hpp>

#include "expect.hpp"

namespace {

using namespace signaling::protocol;

void check_text_again(const PacketView& packet, const PacketLimits& limits) {
  std::string text;
  encode_packet_prefix(packet.type, packet.attachment_count, packet.namespace_name, packet.ack_id, text);
  text += packet.json;
  const auto again = decode_packet(std::string_view(text).substr(1), limits);
  SIGNALING_FUZZ_EXPECT(again.has_value());
  SIGNALING_FUZZ_EXPECT(again->type == packet.type && again->namespace_name == packet.namespace_name);
  SIGNALING_FUZZ_EXPECT(again->ack_id == packet.ack_id && again->attachment_count == packet.attachment_count);
  SIGNALING_FUZZ_EXPECT(again->json == packet.json && again->args == packet.args);
  SIGNALING_FUZZ_EXPECT(again->event_name_json == packet.event_name_json);
}

void check_rewritten(const PacketView& packet, const std::vector<Bytes>& attachments) {
  // As a plugin does it that forwards them.
  signaling::plugin_api::json::PlaceholderRewriter rewriter;
  const std::string_view args = rewriter.rewrite(packet.args, attachments);
  const auto used = static_cast<std::uint32_t>(rewriter.attachments().size());
  if (attachments.empty()) {  // what looks like a placeholder is data
    SIGNALING_FUZZ_EXPECT(args.data() == packet.args.data() && used == 0);
    return;
  }
  SIGNALING_FUZZ_EXPECT(used <= attachments.size());
  SIGNALING_FUZZ_EXPECT(is_json("[" + std::string(args) + "]", 1024));
  SIGNALING_FUZZ_EXPECT(check_placeholders(args, used).has_value());
}

void check_by_msgpack(const PacketView& packet, const std::vector<Bytes>& attachments) {
  std::string message;
  SIGNALING_FUZZ_EXPECT(
      encode_msgpack_packet(packet.type, packet.namespace_name, packet.ack_id, packet.json, attachments, message).has_value());
  OwnedPacket again;
  PacketLimits limits;
  limits.max_event_name_bytes = 0xFFFFFFFF;  // 1e99 has more digits as a double's text
  const auto decoded = decode_msgpack_packet(std::as_bytes(std::span(message)), limits, again);
  if (!decoded) {
    // Attachments named several times are several there; a name that is a number beyond double is no number there.
    SIGNALING_FUZZ_EXPECT(decoded.error() == PacketError::bad_attachment_count || decoded.error() == PacketError::bad_payload);
    return;
  }
  SIGNALING_FUZZ_EXPECT(again.view.namespace_name == packet.namespace_name && again.view.ack_id == packet.ack_id);
}

bool is_same(const PacketView& left, const PacketView& right) {
  return left.type == right.type && left.namespace_name == right.namespace_name && left.ack_id == right.ack_id &&
         left.attachment_count == right.attachment_count && left.json == right.json && left.args == right.args &&
         left.event_name_json == right.event_name_json;
}

/// In parts it is what it is as a whole.
void check_in_parts(std::string_view text, const PacketLimits& limits,
                    const boost::system::result<PacketView, PacketError>& whole) {
  PacketProgress progress;
  // Wherever: the text itself says.
  std::size_t cut = 0;
  while (cut < text.size()) {
    cut += 1 + static_cast<unsigned char>(text[cut]) % 16;
    progress.advance(text.substr(0, cut), limits);
  }
  const auto parts = decode_packet(text, limits, &progress);
  SIGNALING_FUZZ_EXPECT(parts.has_value() == whole.has_value());
  SIGNALING_FUZZ_EXPECT(whole ? is_same(*parts, *whole) : parts.error() == whole.error());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (!is_utf8(text)) return 0;
  const PacketLimits limits;
  const auto packet = decode_packet(text, limits);
  check_in_parts(text, limits, packet);
  if (!packet) return 0;
  SIGNALING_FUZZ_EXPECT(packet->json.empty() || is_json(packet->json, limits.max_depth));
  SIGNALING_FUZZ_EXPECT(packet->attachment_count <= limits.max_attachments);
  std::string buffer;
  SIGNALING_FUZZ_EXPECT(decode_event_name(packet->event_name_json, buffer).size() <= limits.max_event_name_bytes);
  check_text_again(*packet, limits);

  const std::vector<Bytes> attachments(packet->attachment_count, std::as_bytes(std::span(data, size)).first(1));
  if (!attachments.empty() && !check_placeholders(packet->json, packet->attachment_count)) return 0;
  check_rewritten(*packet, attachments);
  check_by_msgpack(*packet, attachments);
  return 0;
}
