#include <algorithm>
#include <charconv>
#include <optional>

#include <signaling/protocol/socketio_packet.hpp>

#include "decimal.hpp"
#include "json_scanner.hpp"
#include "packet_names.hpp"
#include "packet_payload.hpp"

namespace signaling::protocol {
namespace {

using Failure = std::optional<PacketError>;

/// What is left of a packet's text while it is read from the front.
struct Cursor {
  const char* p;
  const char* end;

  bool at_end() const noexcept { return p == end; }
};

bool is_binary(PacketType type) noexcept { return type == PacketType::binary_event || type == PacketType::binary_ack; }

/// `<n>-`, n from 1 to the bound, without leading zeros.
Failure take_attachment_count(Cursor& cursor, std::uint32_t max_attachments, std::uint32_t& count) noexcept {
  const auto [after, error] = std::from_chars(cursor.p, cursor.end, count);
  if (error != std::errc() || after == cursor.end || *after != '-') return PacketError::bad_attachment_count;
  if (*cursor.p == '0' || count > max_attachments) return PacketError::bad_attachment_count;
  cursor.p = after + 1;
  return std::nullopt;
}

/// `/name` up to a comma or the end; without it the main namespace.
Failure take_namespace(Cursor& cursor, std::uint32_t max_bytes, std::string_view& name) noexcept {
  if (cursor.at_end() || *cursor.p != '/') return std::nullopt;
  const char* const comma = std::find(cursor.p, cursor.end, ',');
  name = {cursor.p, static_cast<std::size_t>(comma - cursor.p)};
  if (name.size() > max_bytes) return PacketError::too_long;
  if (!is_namespace_name(name)) return PacketError::bad_namespace;
  cursor.p = comma == cursor.end ? comma : comma + 1;
  return std::nullopt;
}

Failure take_ack_id(Cursor& cursor, std::uint64_t& id) noexcept {
  if (cursor.at_end() || !detail::is_digit(*cursor.p)) return std::nullopt;
  const auto [after, error] = std::from_chars(cursor.p, cursor.end, id);
  if (error != std::errc() || id > greatest_ack_id) return PacketError::bad_ack_id;
  cursor.p = after;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(PacketError error) noexcept {
  switch (error) {
    case PacketError::empty: return "empty";
    case PacketError::unknown_type: return "unknown type";
    case PacketError::bad_attachment_count: return "bad attachment count";
    case PacketError::bad_namespace: return "bad namespace";
    case PacketError::bad_ack_id: return "bad ack id";
    case PacketError::bad_json: return "bad json";
    case PacketError::bad_payload: return "bad payload";
    case PacketError::reserved_event: return "reserved event";
    case PacketError::too_long: return "too long";
    case PacketError::bad_placeholder: return "bad placeholder";
  }
  return "unknown";
}

boost::system::result<PacketView, PacketError> decode_packet(std::string_view text, const PacketLimits& limits,
                                                             PacketProgress* progress) {
  if (text.empty()) return PacketError::empty;
  if (text.front() < '0' || text.front() > '6' || text.front() == '4') return PacketError::unknown_type;
  PacketView packet;
  packet.type = static_cast<PacketType>(text.front() - '0');
  Cursor cursor{text.data() + 1, text.data() + text.size()};
  if (is_binary(packet.type)) {
    if (const Failure f = take_attachment_count(cursor, limits.max_attachments, packet.attachment_count)) return *f;
  }
  if (const Failure f = take_namespace(cursor, limits.max_namespace_bytes, packet.namespace_name)) return *f;
  if (const Failure f = take_ack_id(cursor, packet.ack_id)) return *f;
  if (const Failure f = read_payload({cursor.p, cursor.end}, limits, {text, progress}, packet)) return *f;
  return packet;
}

void encode_packet_prefix(PacketType type, std::uint32_t attachment_count, std::string_view namespace_name,
                          std::uint64_t ack_id, std::string& out) {
  out.assign(1, '4');
  out += static_cast<char>('0' + static_cast<int>(type));
  if (is_binary(type)) {
    detail::append_decimal(attachment_count, out);
    out += '-';
  }
  if (!namespace_name.empty() && namespace_name != "/") {
    out += namespace_name;
    out += ',';
  }
  if (ack_id != no_ack) detail::append_decimal(ack_id, out);
}

}  // namespace signaling::protocol
