#include "packet_encoder.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include <signaling/protocol/engine_payload.hpp>
#include <signaling/protocol/json_text.hpp>
#include <signaling/protocol/msgpack_packet.hpp>
#include <signaling/protocol/placeholder.hpp>

namespace signaling::socketio {
namespace {

using protocol::MessagePtr;
using protocol::PacketType;

std::string join(plugin_api::TextPieces pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

/// A buffer of more than that is not kept.
constexpr std::size_t max_kept_bytes = 65'536;

/// nullptr where it is one packet of its kind; else what is wrong.
const char* problem_of(const plugin_api::Payload& payload, bool is_event) {
  constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  thread_local std::string text;  // kept for its capacity: messages are relayed without allocating
  if (text.capacity() > max_kept_bytes) text = std::string();
  text = is_event ? "2" : "30";
  const std::size_t begin = text.size();
  for (const std::string_view piece : payload.text) text += piece;
  text.erase(begin, std::min(text.find_first_not_of(" \t\r\n", begin), text.size()) - begin);
  if (text.size() == begin || text[begin] != '[') return "a payload that is no JSON array";
  if (!protocol::is_utf8(text)) return "a payload that is no UTF-8";
  const auto packet = protocol::decode_packet(text, {none, 1024, none, none});
  if (!packet) return is_event ? "an event that is no JSON array with a name" : "an acknowledgement that is no JSON array";
  if (!payload.attachments.empty() &&
      !protocol::check_placeholders(packet->json, static_cast<std::uint32_t>(payload.attachments.size()))) {
    return "a payload whose placeholders do not fit its attachments";
  }
  return nullptr;
}

#ifdef NDEBUG
constexpr bool checks_everything = false;
#else
constexpr bool checks_everything = true;
#endif

}  // namespace

PacketEncoder::PacketEncoder(const Options& options, HookObserver& hooks) : hooks_(hooks), parser_(options.parser) {
  set_options(options);
}

void PacketEncoder::set_options(const Options& options) {
  max_bytes_ = options.max_packet_bytes;
  const PayloadChecks checks = checks_everything ? PayloadChecks::all : options.payload_checks;
  check_interval_ = checks == PayloadChecks::all    ? 1
                    : checks == PayloadChecks::some ? checked_payload_interval
                                                    : std::numeric_limits<std::uint32_t>::max();
  until_check_ = checks == PayloadChecks::none ? check_interval_ : 1;
}

bool PacketEncoder::is_well(const plugin_api::Payload& payload, bool is_event) const {
  const char* const problem = problem_of(payload, is_event);
  if (problem != nullptr) hooks_.on_fault(unknown_plugin, Fault::bad_payload, problem);
  return problem == nullptr;
}

bool PacketEncoder::refuse_large(std::size_t bytes) const {
  hooks_.on_fault(unknown_plugin, Fault::too_large,
                  "a payload of " + std::to_string(bytes) + " bytes (socketio.max_packet_bytes)");
  return false;
}

bool PacketEncoder::accepts(const plugin_api::Payload& payload) const {
  std::size_t bytes = 0;
  for (const std::string_view piece : payload.text) bytes += piece.size();
  for (const plugin_api::Bytes attachment : payload.attachments) bytes += attachment.size();
  return fits(bytes) && (!is_due() || is_well(payload, true));
}

EncodedPacket PacketEncoder::encode_of_plugin(PacketType type, std::string_view namespace_name, std::uint64_t ack_id,
                                              const plugin_api::Payload& payload, bool compress) const {
  // What is huge is not looked at any further.
  EncodedPacket packet = encode(type, namespace_name, ack_id, payload, compress);
  std::size_t bytes = 0;
  for (const MessagePtr& message : packet.messages()) bytes += message->payload().size();
  if (!fits(bytes) || (is_due() && !is_well(payload, type == PacketType::event))) packet = EncodedPacket();
  return packet;
}

EncodedPacket PacketEncoder::encode(PacketType type, std::string_view namespace_name, std::uint64_t ack_id,
                                    const plugin_api::Payload& payload, bool compress) const {
  EncodedPacket packet;
  if (parser_ == Parser::msgpack) {
    std::string bytes;
    if (!protocol::encode_msgpack_packet(type, namespace_name, ack_id, join(payload.text), payload.attachments, bytes)) {
      hooks_.on_fault(unknown_plugin, Fault::bad_payload, "a payload that is no JSON");
      return packet;
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
  return encode_of_plugin(PacketType::event, namespace_name, ack_id, payload, compress);
}

EncodedPacket PacketEncoder::relayed_event(std::string_view namespace_name, const plugin_api::Payload& payload,
                                           std::uint64_t ack_id, bool compress) const {
  return encode(PacketType::event, namespace_name, ack_id, payload, compress);
}

EncodedPacket PacketEncoder::ack(std::string_view namespace_name, const plugin_api::Payload& payload,
                                 std::uint64_t ack_id) const {
  return encode_of_plugin(PacketType::ack, namespace_name, ack_id, payload, true);
}

EncodedPacket PacketEncoder::control(PacketType type, std::string_view namespace_name, std::string_view json) const {
  const std::string_view pieces[] = {json};
  plugin_api::Payload payload;
  if (!json.empty()) payload.text = pieces;
  return encode(type, namespace_name, protocol::no_ack, payload, true);
}

}  // namespace signaling::socketio
