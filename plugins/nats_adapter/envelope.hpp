#pragma once
// What messages between nodes look like. The first byte is the version: a node skips what it does not know, so that two
// releases run side by side.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node_id.hpp"

namespace signaling::nats_adapter {

inline constexpr std::uint8_t wire_version = 1;

/// A message of the core: version, tag of the sender (4 bytes), body.
inline constexpr std::size_t envelope_overhead = 5;
std::string encode_message(std::string_view from_tag, std::string_view body);
struct Message {
  std::string_view from_tag;
  std::string_view body;
};
std::optional<Message> decode_message(std::string_view bytes);

/// What a node says about itself to all others, again and again.
struct Beat {
  enum class Kind : std::uint8_t {
    beat = 1,
    hello = 2,  ///< it has just come (again): everybody answers with a beat
    bye = 3,    ///< it leaves, and has taken its members out
  } kind = Kind::beat;
  NodeId node;
  NodeDescription description = {};
  std::uint64_t epoch = 0;     ///< of the stream in which all its members stand; 0: none
  std::uint64_t restored = 0;  ///< place in the stream of the last of them that it had to write anew
};
std::string encode_beat(const Beat& beat);
std::optional<Beat> decode_beat(std::string_view bytes);

}  // namespace signaling::nats_adapter
