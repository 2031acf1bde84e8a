#pragma once
// The nodes of the cluster as the registry told of them, and what changed from one look to the next. Pure.

#include <broker_parts/node_description.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace signaling::redis_adapter {

using broker_parts::NodeDescription;

/// What a node announces: name, version and capabilities, separated by zero bytes.
std::string encode_description(const NodeDescription& node);
NodeDescription decode_description(std::string_view text);

/// One line of the registry.
struct NodeRow {
  std::string tag;
  bool is_alive = true;
  std::string incarnation;
  std::string died;  ///< time of its last death; all zeros: never
  NodeDescription description;
};

struct NodeEvent {
  enum class Kind : std::uint8_t { joined, left, lost } kind;
  std::string tag;
  NodeDescription description;
};

struct DeadNode {
  std::string tag;
  std::string died;  ///< empty: nobody saw it die
};

class NodeTable {
 public:
  struct Changes {
    std::vector<NodeEvent> events;
    std::vector<DeadNode> dead;  ///< their entries have to be taken
  };

  explicit NodeTable(std::string own_tag) : own_tag_(std::move(own_tag)) {}

  /// `epoch`: counts the times that the registry was lost. A node that is missing after that is given `lease_us` from then on
  /// to register again.
  Changes update(const std::vector<NodeRow>& rows, std::uint64_t epoch, std::int64_t epoch_since_us, std::int64_t lease_us,
                 std::int64_t now_us);

  enum class Standing : std::uint8_t { alive, dead, unknown };
  Standing standing(std::string_view tag) const;
  /// Time of death where `dead`.
  std::string died(std::string_view tag) const;
  /// The others that are alive.
  std::vector<std::pair<std::string, NodeDescription>> alive() const;
  std::size_t alive_count() const;

 private:
  struct Known {
    NodeRow row;
    std::uint64_t epoch;
  };
  const std::string own_tag_;
  std::map<std::string, Known, std::less<>> nodes_;  ///< the others
};

}  // namespace signaling::redis_adapter
