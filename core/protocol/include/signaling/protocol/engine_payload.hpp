#pragma once
// Engine.IO v4 packets and the bodies of HTTP long-polling (engine.io-protocol v4).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include <signaling/protocol/outbound_message.hpp>

namespace signaling::protocol {

enum class EnginePacketType : std::uint8_t { open = 0, close, ping, pong, message, upgrade, noop };

struct EnginePacketView {
  EnginePacketType type = EnginePacketType::message;
  bool is_binary = false;
  std::string_view data;  ///< binary: decoded bytes
};

enum class PayloadError : std::uint8_t { malformed = 1, bad_utf8 };

inline constexpr char payload_separator = '\x1e';

/// Decodes one text packet of a WebSocket frame or one element of a payload that is not binary. Pure.
boost::system::result<EnginePacketView, PayloadError> decode_engine_packet(std::string_view text) noexcept;

/// Splits the body of a polling POST; views point into `body`, those of binary packets into `binary`, which is reserved before
/// (so they stay valid while it lives unchanged). Nothing is partly accepted: the whole body is checked first.
/// `packets` is cleared first. Pure.
boost::system::result<void, PayloadError> decode_payload(std::string_view body, std::vector<EnginePacketView>& packets,
                                                         std::string& binary);

/// Appends one message to a polling answer, with the separator where the body is not empty.
void append_to_payload(const OutboundMessage& message, std::string& body);
/// Bytes that `append_to_payload` adds, separator included.
std::size_t payload_size(const OutboundMessage& message) noexcept;

/// Whole text is UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text) noexcept;

}  // namespace signaling::protocol
