#pragma once
// An event or acknowledgement as a client sees it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <signaling/plugin_api/values.hpp>

namespace signaling::testing {

/// Something that reached a client.
struct Received {
  std::optional<std::uint64_t> ack;        ///< an acknowledgement, of the request with that number
  std::string text;                        ///< the JSON array
  std::vector<std::string> attachments;    ///< bytes of each
  std::optional<std::uint64_t> wants_ack;  ///< an event that waits for `FakeSocket::answer` with that number
  bool operator==(const Received&) const = default;
};

/// Joins the pieces of a payload and checks what the API demands: one JSON array, each attachment named in it.
/// Throws std::logic_error where it is not so.
Received receive(const plugin_api::Payload& payload);

}  // namespace signaling::testing
