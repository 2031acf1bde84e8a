// A packet's msgpack map.

#include <cmath>
#include <optional>

#include <signaling/protocol/engine_payload.hpp>
#include <signaling/protocol/msgpack_packet.hpp>
#include <signaling/protocol/placeholder.hpp>

#include "msgpack_reader.hpp"
#include "msgpack_to_json.hpp"
#include "packet_names.hpp"
#include "packet_payload.hpp"

namespace signaling::protocol {
namespace {

using detail::MsgpackReader;
using detail::MsgpackToken;
using Kind = MsgpackToken::Kind;
using Failure = std::optional<PacketError>;

/// Where the values of the packet's map are; of repeated keys the last counts, unknown ones are passed over.
struct Fields {
  std::optional<MsgpackReader> type;
  std::optional<MsgpackReader> namespace_name;
  std::optional<MsgpackReader> id;
  std::optional<MsgpackReader> data;
};

Failure find_fields(Bytes message, Fields& fields) noexcept {
  MsgpackReader reader(message);
  MsgpackToken map;
  if (!reader.next(map)) return PacketError::bad_json;
  if (map.kind != Kind::map) return PacketError::bad_payload;
  for (std::uint32_t i = 0; i < map.count; ++i) {
    MsgpackToken key;
    if (!reader.next(key)) return PacketError::bad_json;
    if (key.kind == Kind::array || key.kind == Kind::map) return PacketError::bad_payload;
    const MsgpackReader value = reader;
    if (!reader.skip()) return PacketError::bad_json;
    if (key.is_string("type")) fields.type = value;
    if (key.is_string("nsp")) fields.namespace_name = value;
    if (key.is_string("id")) fields.id = value;
    if (key.is_string("data")) fields.data = value;
  }
  if (!reader.at_end()) return PacketError::bad_json;
  return std::nullopt;
}

/// The token of a value that was passed over before, so it is there.
MsgpackToken token_at(MsgpackReader reader) noexcept {
  MsgpackToken token;
  reader.next(token);
  return token;
}

/// A whole number from 0 in any of its forms: to JavaScript 1 and 1.0 are the same.
std::optional<std::uint64_t> whole_number(const MsgpackToken& token) noexcept {
  if (token.kind == Kind::unsigned_integer) return token.unsigned_value;
  if (token.kind != Kind::floating || !(token.number >= 0 && token.number < 9007199254740992.0)) return std::nullopt;
  if (std::floor(token.number) != token.number) return std::nullopt;
  return static_cast<std::uint64_t>(token.number);
}

Failure read_type(const Fields& fields, PacketType& type) noexcept {
  if (!fields.type) return PacketError::unknown_type;
  const std::optional<std::uint64_t> number = whole_number(token_at(*fields.type));
  if (!number || *number >= static_cast<std::uint64_t>(PacketType::connect_error)) return PacketError::unknown_type;
  type = static_cast<PacketType>(*number);
  return std::nullopt;
}

Failure read_namespace(const Fields& fields, std::uint32_t max_bytes, std::string& name) {
  if (!fields.namespace_name) return PacketError::bad_namespace;
  const MsgpackToken token = token_at(*fields.namespace_name);
  if (token.kind != Kind::string) return PacketError::bad_namespace;
  if (token.text().size() > max_bytes) return PacketError::too_long;
  if (!is_namespace_name(token.text()) || !is_utf8(token.text())) return PacketError::bad_namespace;
  name = token.text();
  return std::nullopt;
}

Failure read_id(const Fields& fields, std::uint64_t& id) noexcept {
  if (!fields.id) return std::nullopt;
  const MsgpackToken token = token_at(*fields.id);
  if (token.kind == Kind::undefined) return std::nullopt;
  const std::optional<std::uint64_t> number = whole_number(token);
  if (!number || *number > greatest_ack_id) return PacketError::bad_ack_id;
  id = *number;
  return std::nullopt;
}

/// Names the packet as its JSON form would: with attachments it is of a binary type, and only events and acks have one.
Failure take_attachments(PacketView& view, std::size_t count) {
  if (count == 0) return std::nullopt;
  if (view.type == PacketType::event) {
    view.type = PacketType::binary_event;
  } else if (view.type == PacketType::ack) {
    view.type = PacketType::binary_ack;
  } else {
    return PacketError::bad_payload;
  }
  view.attachment_count = static_cast<std::uint32_t>(count);
  // A map of the message that only looks like a placeholder is one from here on, and has to name an attachment too.
  const auto checked = check_placeholders(view.json, view.attachment_count);
  if (!checked) return checked.error();
  return std::nullopt;
}

}  // namespace

boost::system::result<void, PacketError> decode_msgpack_packet(Bytes message, const PacketLimits& limits, OwnedPacket& packet) {
  packet.namespace_name.clear();
  packet.json.clear();
  packet.attachments.clear();
  packet.view = {};
  if (message.empty()) return PacketError::empty;

  Fields fields;
  if (const Failure failure = find_fields(message, fields)) return *failure;
  if (const Failure failure = read_type(fields, packet.view.type)) return *failure;
  if (const Failure failure = read_namespace(fields, limits.max_namespace_bytes, packet.namespace_name)) return *failure;
  if (const Failure failure = read_id(fields, packet.view.ack_id)) return *failure;
  if (fields.data && token_at(*fields.data).kind != Kind::undefined) {
    if (const Failure failure = detail::write_json(*fields.data, limits, packet.json, packet.attachments)) return *failure;
  }
  packet.view.namespace_name = packet.namespace_name;
  if (const Failure failure = read_payload(packet.json, limits, {packet.json, nullptr}, packet.view)) return *failure;
  if (const Failure failure = take_attachments(packet.view, packet.attachments.size())) return *failure;
  return {};
}

}  // namespace signaling::protocol
