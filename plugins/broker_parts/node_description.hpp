#pragma once
// What a node announces about itself, in memory of its own.

#include <string>
#include <string_view>

#include <signaling/plugin_api/adapter.hpp>

namespace signaling::broker_parts {

struct NodeDescription {
  std::string name;
  std::string version;
  std::string capabilities;  ///< words separated by spaces
  bool operator==(const NodeDescription&) const = default;
};

inline NodeDescription describe(const plugin_api::NodeInfo& node) {
  return {std::string(node.name), std::string(node.version), std::string(node.capabilities)};
}
/// Views into both.
inline plugin_api::NodeInfo info_of(std::string_view tag, const NodeDescription& node) {
  return {tag, node.name, node.version, node.capabilities};
}

}  // namespace signaling::broker_parts
