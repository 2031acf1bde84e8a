#pragma once
// What JetStream answers, and how it says where a delivered message stands. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

#include "presence.hpp"

namespace signaling::nats_adapter {

/// Answer to a message published into the stream.
Written parse_written(std::string_view json);
/// Answer to STREAM.MSG.GET for a room's subject. nullopt: no answer to make use of.
std::optional<ReadResult> parse_read(std::string_view json);
/// nullopt where it is not base64 with padding.
std::optional<std::string> decode_base64(std::string_view text);

struct DeliveryPlace {
  std::uint64_t sequence = 0;           ///< in the stream
  std::uint64_t consumer_sequence = 0;  ///< 1, 2, 3 … for each reading
  std::uint64_t pending = 0;            ///< messages that follow at once
};
/// From the reply subject of a delivered message. nullopt where it is none.
std::optional<DeliveryPlace> parse_delivery(std::string_view reply);

}  // namespace signaling::nats_adapter
