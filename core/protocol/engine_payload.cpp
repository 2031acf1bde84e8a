#include <simdjson.h>

#include <signaling/protocol/engine_payload.hpp>

#include "base64.hpp"

namespace signaling::protocol {
namespace {

constexpr char binary_mark = 'b';

bool is_binary_element(std::string_view element) noexcept { return !element.empty() && element.front() == binary_mark; }

/// Calls `f` with each element of a payload; stops and returns false where `f` does. An empty body is one empty element.
template <class F>
bool for_each_element(std::string_view body, F f) {
  for (;;) {
    const std::size_t end = body.find(payload_separator);
    if (!f(body.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    body.remove_prefix(end + 1);
  }
}

}  // namespace

boost::system::result<EnginePacketView, PayloadError> decode_engine_packet(std::string_view text) noexcept {
  if (text.empty() || text.front() < '0' || text.front() > '6') return PayloadError::malformed;
  return EnginePacketView{static_cast<EnginePacketType>(text.front() - '0'), false, text.substr(1)};
}

boost::system::result<void, PayloadError> decode_payload(std::string_view body, std::vector<EnginePacketView>& packets,
                                                         std::string& binary) {
  packets.clear();
  binary.clear();
  if (!is_utf8(body)) return PayloadError::bad_utf8;

  // First the checks, so that a bad element behind good ones leaves nothing accepted, and the sizes: `binary` must not move
  // once views point into it.
  std::size_t element_count = 0;
  std::size_t binary_size = 0;
  const bool valid = for_each_element(body, [&](std::string_view element) {
    ++element_count;
    if (!is_binary_element(element)) return decode_engine_packet(element).has_value();
    const std::size_t size = detail::base64_decoded_size(element.substr(1));
    if (size == std::string_view::npos) return false;
    binary_size += size + 2;  // the decoder writes padding before it is cut off
    return true;
  });
  if (!valid) return PayloadError::malformed;

  packets.reserve(element_count);
  binary.reserve(binary_size);
  for_each_element(body, [&](std::string_view element) {
    if (is_binary_element(element)) {
      const std::size_t begin = binary.size();
      detail::append_base64_decoded(element.substr(1), binary);
      packets.push_back({EnginePacketType::message, true, std::string_view(binary).substr(begin)});
    } else {
      packets.push_back(*decode_engine_packet(element));
    }
    return true;
  });
  return {};
}

void append_to_payload(const OutboundMessage& message, std::string& body) {
  if (!body.empty()) body += payload_separator;
  if (message.kind() == OutboundMessage::Kind::text) {
    body += message.payload();
  } else {
    body += binary_mark;
    detail::append_base64(message.payload(), body);
  }
}

std::size_t payload_size(const OutboundMessage& message) noexcept {
  const std::size_t size = message.payload().size();
  return 1 + (message.kind() == OutboundMessage::Kind::text ? size : 1 + detail::base64_size(size));
}

bool is_utf8(std::string_view text) noexcept { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace signaling::protocol
