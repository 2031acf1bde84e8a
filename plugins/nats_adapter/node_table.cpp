#include "node_table.hpp"

#include <algorithm>

namespace signaling::nats_adapter {

namespace {
constexpr std::size_t max_nodes = 1'000;
}

std::vector<NodeEvent> NodeTable::on_beat(const Beat& beat) {
  std::vector<NodeEvent> events;
  if (beat.node == self_) return events;
  if (beat.kind == Beat::Kind::bye) {
    const auto found = nodes_.try_emplace(beat.node).first;
    end(beat.node, found->second, NodeEvent::Kind::left, events);
    return events;
  }
  // Another start of the same node: the one before is dead, even if nobody has seen it die.
  for (auto& [id, node] : nodes_) {
    if (id.tag == beat.node.tag && id != beat.node && node.state != State::gone) end(id, node, NodeEvent::Kind::lost, events);
  }
  Node& node = nodes_[beat.node];
  const bool is_new = node.state != State::alive;
  node.state = State::alive;
  node.heard_us = time_us_;
  node.description = beat.description;
  node.epoch = beat.epoch;
  node.restored = beat.restored;
  if (is_new) events.push_back({NodeEvent::Kind::joined, beat.node, beat.description});
  forget_old();
  return events;
}

void NodeTable::on_echo(std::int64_t now_us) {
  // What is longer than two beats was a time without news, whatever the reason.
  if (last_echo_us_ != 0) time_us_ += std::clamp<std::int64_t>(now_us - last_echo_us_, 0, 2 * beat_us_);
  last_echo_us_ = now_us;
}

void NodeTable::mention(const NodeId& node) {
  if (node == self_) return;
  const auto [found, is_new] = nodes_.try_emplace(node);
  if (is_new) found->second.heard_us = time_us_;
  forget_old();
}

std::vector<NodeEvent> NodeTable::on_told_lost(const NodeId& node) {
  std::vector<NodeEvent> events;
  if (node == self_) return events;
  const auto found = nodes_.find(node);
  if (found != nodes_.end() && found->second.state == State::alive) end(node, found->second, NodeEvent::Kind::lost, events);
  return events;
}

std::vector<NodeEvent> NodeTable::tick() {
  std::vector<NodeEvent> events;
  for (auto& [id, node] : nodes_) {
    if (node.state != State::gone && time_us_ - node.heard_us > lease_us_) end(id, node, NodeEvent::Kind::lost, events);
  }
  return events;
}

void NodeTable::end(const NodeId& id, Node& node, NodeEvent::Kind kind, std::vector<NodeEvent>& events) {
  if (node.state != State::gone) gone_.push_back(id);
  if (node.state == State::alive) events.push_back({kind, id, node.description});
  node.state = State::gone;
  node.heard_us = time_us_;
}

bool NodeTable::is_gone(const NodeId& node) const {
  const auto found = nodes_.find(node);
  if (found != nodes_.end()) return found->second.state == State::gone;
  // An earlier start of this node.
  return node.tag == self_.tag && node != self_;
}

bool NodeTable::is_alive(std::string_view tag) const {
  return std::any_of(nodes_.begin(), nodes_.end(),
                     [&](const auto& each) { return each.first.tag == tag && each.second.state == State::alive; });
}

bool NodeTable::has_silent() const {
  return std::any_of(nodes_.begin(), nodes_.end(), [](const auto& each) { return each.second.state == State::silent; });
}

bool NodeTable::all_restored(std::uint64_t epoch, std::uint64_t applied) const {
  return std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& each) {
    const Node& node = each.second;
    return node.state != State::alive || (node.epoch == epoch && node.restored <= applied);
  });
}

bool NodeTable::is_first() const {
  return std::none_of(nodes_.begin(), nodes_.end(),
                      [&](const auto& each) { return each.second.state == State::alive && each.first.tag < self_.tag; });
}

std::vector<std::pair<std::string, NodeDescription>> NodeTable::alive() const {
  std::vector<std::pair<std::string, NodeDescription>> nodes;
  for (const auto& [id, node] : nodes_) {
    if (node.state == State::alive) nodes.emplace_back(id.tag, node.description);
  }
  return nodes;
}

void NodeTable::forget_old() {
  if (nodes_.size() <= max_nodes) return;
  auto oldest = nodes_.end();
  for (auto each = nodes_.begin(); each != nodes_.end(); ++each) {
    if (each->second.state == State::gone && (oldest == nodes_.end() || each->second.heard_us < oldest->second.heard_us))
      oldest = each;
  }
  if (oldest != nodes_.end()) nodes_.erase(oldest);
}

}  // namespace signaling::nats_adapter
