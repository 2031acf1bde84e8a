#include "answers.hpp"

#include <array>
#include <charconv>

#include <signaling/plugin_api/json_slice.hpp>

namespace signaling::nats_adapter {

namespace json = plugin_api::json;

namespace {

// Of the server's errors.json.
constexpr std::int64_t wrong_last_sequence = 10071;
constexpr std::int64_t message_too_large = 10054;
constexpr std::int64_t resources_exceeded = 10023;
constexpr std::int64_t storage_resources_exceeded = 10047;
constexpr std::int64_t memory_resources_exceeded = 10028;
constexpr std::int64_t store_failed = 10077;  ///< a bound of the stream
constexpr std::int64_t not_found = 404;

struct Error {
  std::int64_t code = 0;
  std::int64_t err_code = 0;
};

Error read_error(std::string_view object) {
  Error error;
  for (json::Members m(object); m.next();) {
    if (m.key_is("code")) error.code = json::integer(m.value()).value_or(0);
    if (m.key_is("err_code")) error.err_code = json::integer(m.value()).value_or(0);
  }
  return error;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Written parse_written(std::string_view text) {
  Written written{Written::Kind::failed};
  for (json::Members m(text); m.next();) {
    if (m.key_is("seq")) {
      written.sequence = static_cast<std::uint64_t>(json::integer(m.value()).value_or(0));
      if (written.sequence != 0) written.kind = Written::Kind::ok;
    }
    if (!m.key_is("error")) continue;
    switch (read_error(m.value()).err_code) {
      case wrong_last_sequence: return {Written::Kind::conflict};
      case message_too_large:
      case resources_exceeded:
      case storage_resources_exceeded:
      case memory_resources_exceeded:
      case store_failed: return {Written::Kind::full};
      default: return {Written::Kind::failed};
    }
  }
  return written;
}

std::optional<ReadResult> parse_read(std::string_view text) {
  ReadResult result;
  std::string_view data;
  for (json::Members m(text); m.next();) {
    if (m.key_is("error")) {
      if (read_error(m.value()).code == not_found) return result;
      return std::nullopt;
    }
    if (!m.key_is("message")) continue;
    for (json::Members message(m.value()); message.next();) {
      if (message.key_is("seq")) result.sequence = static_cast<std::uint64_t>(json::integer(message.value()).value_or(0));
      if (message.key_is("data")) data = json::string_body(message.value());
    }
  }
  const auto bytes = decode_base64(data);
  if (result.sequence == 0 || !bytes) return std::nullopt;
  auto room = decode_room(*bytes);
  if (!room) return std::nullopt;
  result.room = std::move(room->room);
  return result;
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    std::uint32_t digit = 0;
    if (c >= 'A' && c <= 'Z')
      digit = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      digit = static_cast<std::uint32_t>(c - 'a' + 26);
    else if (c >= '0' && c <= '9')
      digit = static_cast<std::uint32_t>(c - '0' + 52);
    else if (c == '+')
      digit = 62;
    else if (c == '/')
      digit = 63;
    else
      return std::nullopt;
    bits = (bits << 6) | digit;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>((bits >> count) & 0xff));
  }
  return out;
}

// $JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer sequence>.<time>.<pending>, or, of newer servers,
// $JS.ACK.<domain>.<account>.<stream>.<consumer>. … .<pending>[.<more>].
std::optional<DeliveryPlace> parse_delivery(std::string_view reply) {
  constexpr std::string_view prefix = "$JS.ACK.";
  if (!reply.starts_with(prefix)) return std::nullopt;
  reply.remove_prefix(prefix.size());
  std::array<std::string_view, 10> tokens;
  std::size_t count = 0;
  while (count < tokens.size()) {
    const std::size_t dot = reply.find('.');
    tokens[count++] = reply.substr(0, dot);
    if (dot == std::string_view::npos) break;
    reply.remove_prefix(dot + 1);
  }
  const std::size_t skipped = count >= 9 ? 2 : 0;
  if (count < 7) return std::nullopt;
  const auto sequence = number_of(tokens[skipped + 3]);
  const auto consumer_sequence = number_of(tokens[skipped + 4]);
  const auto pending = number_of(tokens[skipped + 6]);
  if (!sequence || !consumer_sequence || !pending) return std::nullopt;
  return DeliveryPlace{*sequence, *consumer_sequence, *pending};
}

}  // namespace signaling::nats_adapter
