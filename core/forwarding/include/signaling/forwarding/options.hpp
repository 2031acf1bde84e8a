#pragma once
// Bounds of what one event loop forwards, and how long it waits.

#include <cstddef>

#include <signaling/base/clock.hpp>

namespace signaling::forwarding {

struct Options {
  /// Requests that wait for another node at one time, hanging polls included; and as many again that are served for others.
  std::size_t max_requests = 10'000;
  /// WebSockets carried to other nodes at one time; and as many again that are carried here.
  std::size_t max_tunnels = 10'000;
  /// Bodies of the requests that wait, together; one alone is always taken.
  std::size_t max_waiting_body_bytes = 64'000'000;
  /// Nothing heard from the other node for so long: given up. A poll hangs for the ping interval at most, and over a tunnel
  /// the heartbeat goes to and fro; so ping interval, ping timeout, and something for the way.
  base::Milliseconds idle_timeout{50'000};
};

}  // namespace signaling::forwarding
