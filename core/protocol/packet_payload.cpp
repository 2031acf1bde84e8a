#include "packet_payload.hpp"

#include <memory>

#include <signaling/protocol/json_text.hpp>
#include <signaling/protocol/packet_progress.hpp>

#include "growing_scan.hpp"
#include "json_scanner.hpp"
#include "packet_names.hpp"

namespace signaling::protocol {
namespace {

using Failure = std::optional<PacketError>;

std::string_view text_between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

/// `json` is set to the value that ended at `after`; nothing but blanks may be left.
Failure finish(const char* begin, const char* after, const char* end, PacketView& packet) noexcept {
  if (after == nullptr || detail::skip_blanks(after, end) != end) return PacketError::bad_json;
  packet.json = text_between(begin, after);
  return std::nullopt;
}

Failure read_value(std::string_view text, const PacketLimits& limits, const PayloadScanner& scanner, PacketView& packet) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  return finish(begin, scanner.end_of<detail::ScanStart::value>(begin, limits.max_depth), end, packet);
}

Failure wrong_shape(std::string_view text, const PacketLimits& limits) noexcept {
  return text.empty() || is_json(text, limits.max_depth) ? PacketError::bad_payload : PacketError::bad_json;
}

/// An array whose first element is the event's name: `["name",args…]`. One pass: the name, then the rest of the array.
Failure read_event(std::string_view text, const PacketLimits& limits, const PayloadScanner& scanner, PacketView& packet) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* const name = detail::skip_blanks(begin + 1, end);
  if (name == end) return PacketError::bad_json;
  const char* const name_end = *name == '"' ? detail::string_end(name + 1, end) : detail::number_end(name, end);
  if (name_end == nullptr) return wrong_shape(text, limits);
  const char* const after = scanner.end_of<detail::ScanStart::array_element>(name_end, limits.max_depth);
  if (const Failure failure = finish(begin, after, end, packet)) return failure;

  packet.event_name_json = text_between(name, name_end);
  const char* args = detail::skip_blanks(name_end, after);
  if (*args == ',') {
    const char* args_end = after - 1;
    args = detail::skip_blanks(args + 1, args_end);
    while (detail::is_blank(args_end[-1])) --args_end;
    packet.args = text_between(args, args_end);
  }
  return check_event_name(packet.event_name_json, limits.max_event_name_bytes);
}

}  // namespace

template <detail::ScanStart Start>
const char* PayloadScanner::scan(const char* p, std::uint32_t max_depth) const noexcept {
  return detail::scan<Start>(p, text_.data() + text_.size(), max_depth);
}

const char* PayloadScanner::go_on(detail::ScanStart start, const char* p, std::uint32_t max_depth) const {
  std::unique_ptr<detail::GrowingScan>& known = progress_->scan_;
  const auto at = static_cast<std::size_t>(p - text_.data());
  // An event's name may be a number, which more text makes longer; and a reload may have brought another limit.
  if (known == nullptr || !known->began(start, at, max_depth))
    known = std::make_unique<detail::GrowingScan>(start, at, max_depth);
  return known->go_on(text_);
}

std::optional<PacketError> read_payload(std::string_view text, const PacketLimits& limits, const PayloadScanner& scanner,
                                        PacketView& packet) {
  // The first character decides the shape of all that follows.
  const char first = text.empty() ? '\0' : text.front();
  if (detail::is_blank(first)) return PacketError::bad_json;
  switch (packet.type) {
    case PacketType::connect:
      if (text.empty()) return std::nullopt;
      if (first == '{') return read_value(text, limits, scanner, packet);
      break;
    case PacketType::disconnect:
      if (text.empty()) return std::nullopt;
      break;
    case PacketType::event:
    case PacketType::binary_event:
      if (first == '[') return read_event(text, limits, scanner, packet);
      break;
    case PacketType::ack:
    case PacketType::binary_ack:
      if (first == '[') return read_value(text, limits, scanner, packet);
      break;
    case PacketType::connect_error: break;
  }
  return wrong_shape(text, limits);
}

}  // namespace signaling::protocol
