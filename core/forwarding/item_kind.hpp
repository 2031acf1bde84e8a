#pragma once
// Numbers of the format in items.hpp. They are on the wire between nodes of different releases: none is ever used again.

#include <cstdint>

namespace signaling::forwarding {

inline constexpr std::uint8_t items_version = 1;

enum class ItemKind : std::uint8_t {
  request = 1,
  reply = 2,
  accept = 3,
  frame = 4,
  written = 5,
  close = 6,
  abandon = 7,
  answer_now = 8,
};

}  // namespace signaling::forwarding
