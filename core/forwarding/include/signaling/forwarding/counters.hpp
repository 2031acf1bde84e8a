#pragma once
// What one event loop counts of requests that reached the wrong node. Written by that loop, read by any.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <signaling/base/counter.hpp>

namespace signaling::forwarding {

/// What became of a request that was, or was to be, carried to another node.
enum class Outcome : std::uint8_t {
  answered,
  accepted,      ///< as a WebSocket: a tunnel begins
  unknown_node,  ///< no such node, or it was lost while the request waited: code 1
  unavailable,   ///< the adapter is away or lost a message: 503
  timeout,       ///< nothing heard for the idle timeout: 503
  refused,       ///< by the owner, which has too much to do or does not understand: 503
  too_many,      ///< a bound of this node: 503
  client_lost,   ///< the client went away before the answer
};
inline constexpr std::size_t outcome_count = 8;

constexpr std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::answered: return "answered";
    case Outcome::accepted: return "accepted";
    case Outcome::unknown_node: return "unknown_node";
    case Outcome::unavailable: return "unavailable";
    case Outcome::timeout: return "timeout";
    case Outcome::refused: return "refused";
    case Outcome::too_many: return "too_many";
    case Outcome::client_lost: return "client_lost";
  }
  return "unknown";
}

struct Counters {
  std::array<base::Counter, outcome_count> outcomes;  ///< of requests that came here
  base::Counter waiting;                              ///< gauge: requests that wait for another node now
  base::Counter tunnels;                              ///< gauge: WebSockets that came here for a session elsewhere
  base::Counter served;                               ///< requests of other nodes
  base::Counter serving;                              ///< gauge: of them, not answered yet
  base::Counter served_refused;                       ///< beyond a bound, or not understood
  base::Counter served_tunnels;                       ///< gauge: WebSockets at other nodes for a session here
  base::Counter bytes_sent, bytes_received;           ///< bodies of conversation messages, to and from other nodes
  base::Counter malformed;                            ///< messages of other nodes that made no sense
  base::Counter unknown_items;                        ///< parts of messages of a later version, skipped
  base::Counter exceptions;                           ///< that left a handler
};

}  // namespace signaling::forwarding
