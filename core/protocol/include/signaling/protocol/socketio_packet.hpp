#pragma once
// Socket.IO v5 packets (protocol revision 5), JSON form: `<type>[<n>-][<nsp>,][<ack id>][JSON]`.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include <signaling/protocol/outbound_message.hpp>

namespace signaling::protocol {

enum class PacketType : std::uint8_t {
  connect = 0,
  disconnect = 1,
  event = 2,
  ack = 3,
  connect_error = 4,
  binary_event = 5,
  binary_ack = 6,
};

class PacketProgress;

using Bytes = std::span<const std::byte>;
inline constexpr std::uint64_t no_ack = ~std::uint64_t{0};

struct PacketLimits {
  std::uint32_t max_attachments = 10;
  std::uint32_t max_depth = 64;  ///< nesting of arrays and objects in the JSON
  std::uint32_t max_namespace_bytes = 256;
  std::uint32_t max_event_name_bytes = 256;
};

/// A decoded packet; views point into the message it was decoded from.
struct PacketView {
  PacketType type = PacketType::event;
  std::string_view namespace_name = "/";
  std::uint64_t ack_id = no_ack;       ///< 0 … 2^53-1; an ACK without one is decoded, as officially, and answers nothing
  std::uint32_t attachment_count = 0;  ///< announced, 1 … max_attachments for binary types
  std::string_view json;               ///< whole JSON value as it came; empty where there is none
  std::string_view event_name_json;    ///< event types: raw JSON of element 0 (string with quotes, or number)
  std::string_view args;  ///< event types: what follows element 0 and its comma, without the closing bracket and outer blanks
};

enum class PacketError : std::uint8_t {
  empty = 1,
  unknown_type,  ///< no packet type, or one that only servers send (CONNECT_ERROR)
  bad_attachment_count,
  bad_namespace,
  bad_ack_id,
  bad_json,     ///< not valid JSON, or too deep
  bad_payload,  ///< valid JSON of the wrong shape for the type
  reserved_event,
  too_long,         ///< namespace or event name over its bound
  bad_placeholder,  ///< a placeholder's number is no integer or names no attachment (placeholder.hpp)
};

/// For logs and metrics: `bad attachment count`.
std::string_view to_string(PacketError error) noexcept;

/// Decodes the text of one Engine.IO message. `text` is valid UTF-8. Allocates nothing. Pure, any thread.
/// Rules: socket.io-protocol v5 as socket.io-parser 4.2.7 reads it (CONNECT: object or nothing; DISCONNECT: nothing; EVENT:
/// array with a name that is a number or a string and not reserved, escapes undone; ACK: array; CONNECT_ERROR is not accepted
/// from clients). Stricter than that parser in what no client sends: counts and ids are plain digits, an EVENT or ACK has its
/// array, JSON follows without blanks before it, a namespace holds no control characters. Placeholders are not looked at:
/// `check_placeholders`, once the attachments are there.
/// @param progress  of this text and with these limits, or nullptr; what it knows is not looked at again
boost::system::result<PacketView, PacketError> decode_packet(std::string_view text, const PacketLimits& limits,
                                                             PacketProgress* progress = nullptr);

/// Decoded value of a JSON string or number text, for event names: views into `raw` where nothing is escaped, else into
/// `buffer`.
std::string_view decode_event_name(std::string_view raw, std::string& buffer);

/// Text that comes before the JSON of an outgoing packet, Engine.IO digit included: `42/chat,17`, `451-/chat,`.
/// Written into `out`, which is cleared first.
void encode_packet_prefix(PacketType type, std::uint32_t attachment_count, std::string_view namespace_name,
                          std::uint64_t ack_id, std::string& out);

}  // namespace signaling::protocol
