#pragma once
// The other nodes, as one loop knows them.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/adapter.hpp>

namespace signaling::socketio::cluster {

/// Pure.
bool has_word(std::string_view words, std::string_view word) noexcept;

struct Node {
  std::string tag;
  std::string name;
  std::string version;
  std::string capabilities;
  bool speaks = false;  ///< takes part in what cluster_message.hpp describes; an older release may not
};

/// A few dozen at most, so a plain list. One thread.
class NodeList {
 public:
  const std::vector<Node>& all() const noexcept { return nodes_; }
  bool empty() const noexcept { return nodes_.empty(); }
  const Node* find(std::string_view tag) const noexcept {
    const auto found = std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& node) { return node.tag == tag; });
    return found == nodes_.end() ? nullptr : &*found;
  }
  /// Adds or replaces.
  void put(const Node& node) {
    remove(node.tag);
    nodes_.push_back(node);
  }
  void remove(std::string_view tag) {
    std::erase_if(nodes_, [&](const Node& node) { return node.tag == tag; });
  }

 private:
  std::vector<Node> nodes_;
};

}  // namespace signaling::socketio::cluster
