#include "envelope.hpp"

#include "wire.hpp"

namespace signaling::nats_adapter {

std::string encode_message(std::string_view from_tag, std::string_view body) {
  std::string out;
  out.reserve(envelope_overhead + body.size());
  out.push_back(static_cast<char>(wire_version));
  out.append(from_tag.substr(0, 4));
  out.append(body);
  return out;
}

std::optional<Message> decode_message(std::string_view bytes) {
  if (bytes.size() < envelope_overhead || static_cast<std::uint8_t>(bytes[0]) != wire_version) return std::nullopt;
  return Message{bytes.substr(1, 4), bytes.substr(envelope_overhead)};
}

std::string encode_beat(const Beat& beat) {
  Writer out;
  out.byte(wire_version);
  out.byte(static_cast<std::uint8_t>(beat.kind));
  out.text(beat.node.tag);
  out.number(beat.node.incarnation);
  out.text(beat.description.name);
  out.text(beat.description.version);
  out.text(beat.description.capabilities);
  out.number(beat.epoch);
  out.number(beat.restored);
  return out.take();
}

std::optional<Beat> decode_beat(std::string_view bytes) {
  Reader in(bytes);
  if (in.byte() != wire_version) return std::nullopt;
  Beat beat;
  const std::uint8_t kind = in.byte();
  if (kind < 1 || kind > 3) return std::nullopt;
  beat.kind = static_cast<Beat::Kind>(kind);
  beat.node.tag = in.text();
  beat.node.incarnation = in.number();
  beat.description.name = in.text();
  beat.description.version = in.text();
  beat.description.capabilities = in.text();
  beat.epoch = in.number();
  beat.restored = in.number();
  if (!in.is_good() || beat.node.tag.size() != 4) return std::nullopt;
  return beat;
}

}  // namespace signaling::nats_adapter
