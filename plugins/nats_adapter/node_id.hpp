#pragma once
// Which start of which node: a tag may be used again, an incarnation is not.

#include <broker_parts/node_description.hpp>
#include <compare>
#include <cstdint>
#include <string>

namespace signaling::nats_adapter {

using broker_parts::NodeDescription;

struct NodeId {
  std::string tag;                ///< 4 characters
  std::uint64_t incarnation = 0;  ///< random, another for every start
  auto operator<=>(const NodeId&) const = default;
};

}  // namespace signaling::nats_adapter
