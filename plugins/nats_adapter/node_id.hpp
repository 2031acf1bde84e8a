#pragma once
// Which start of which node: a tag may be used again, an incarnation is not.

#include <compare>
#include <cstdint>
#include <string>

namespace signaling::nats_adapter {

struct NodeId {
  std::string tag;                ///< 4 characters
  std::uint64_t incarnation = 0;  ///< random, another for every start
  auto operator<=>(const NodeId&) const = default;
};

/// What a node announces about itself.
struct NodeDescription {
  std::string name;
  std::string version;
  std::string capabilities;
  bool operator==(const NodeDescription&) const = default;
};

}  // namespace signaling::nats_adapter
