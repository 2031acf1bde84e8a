#pragma once
// The other nodes, by what they say of themselves: who came, who left, and whose lease has run out. Pure.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "envelope.hpp"
#include "node_id.hpp"

namespace signaling::nats_adapter {

struct NodeEvent {
  enum class Kind : std::uint8_t { joined, left, lost } kind;
  NodeId node;
  NodeDescription description;
};

/// Nodes grow old only while this node hears its own beats: as long as nothing comes through, nobody's lease runs out.
class NodeTable {
 public:
  NodeTable(NodeId self, std::int64_t lease_us, std::int64_t beat_us)
      : self_(std::move(self)), lease_us_(lease_us), beat_us_(beat_us) {}

  /// A beat, hello or bye of another node. The events are in order.
  std::vector<NodeEvent> on_beat(const Beat& beat);
  /// A beat of this node has come back.
  void on_echo(std::int64_t now_us);
  /// Nothing is heard until the next echo.
  void on_down() { last_echo_us_ = 0; }
  /// The stream names that node: it has a lease from now on, alive or not.
  void mention(const NodeId& node);
  /// The others say that it is lost.
  std::vector<NodeEvent> on_told_lost(const NodeId& node);
  /// Leases that have run out.
  std::vector<NodeEvent> tick();
  /// Nodes that are gone since the last call, those included that nobody had heard.
  std::vector<NodeId> take_gone() { return std::exchange(gone_, {}); }

  /// It left or was lost: what it has registered goes.
  bool is_gone(const NodeId& node) const;
  bool is_alive(std::string_view tag) const;
  /// Nobody has heard those, and they are not known to be gone.
  bool has_silent() const;
  /// All that are alive stand in `epoch` with all their members, as far as the stream has been read up to `applied`.
  bool all_restored(std::uint64_t epoch, std::uint64_t applied) const;
  /// This node's tag is the lowest: what one has to do is for it.
  bool is_first() const;
  /// The others that are alive.
  std::vector<std::pair<std::string, NodeDescription>> alive() const;

 private:
  enum class State : std::uint8_t { silent, alive, gone };
  struct Node {
    State state = State::silent;
    std::int64_t heard_us = 0;  ///< by `time_us_`
    NodeDescription description = {};
    std::uint64_t epoch = 0;
    std::uint64_t restored = 0;
  };
  void end(const NodeId& id, Node& node, NodeEvent::Kind kind, std::vector<NodeEvent>& events);
  void forget_old();

  const NodeId self_;
  const std::int64_t lease_us_;
  const std::int64_t beat_us_;
  std::map<NodeId, Node> nodes_;  ///< of those that are gone the latest
  std::vector<NodeId> gone_;
  std::int64_t time_us_ = 0;  ///< grows with each echo
  std::int64_t last_echo_us_ = 0;
};

}  // namespace signaling::nats_adapter
