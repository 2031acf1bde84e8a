#include "node_table.hpp"

#include <set>

namespace signaling::redis_adapter {

using Kind = NodeEvent::Kind;

std::string encode_description(const NodeDescription& node) {
  std::string text = node.name;
  return text.append(1, '\0').append(node.version).append(1, '\0').append(node.capabilities);
}

NodeDescription decode_description(std::string_view text) {
  const auto cut = [&text] {
    const std::size_t end = text.find('\0');
    const std::string_view part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    return std::string(part);
  };
  NodeDescription node;
  node.name = cut();
  node.version = cut();
  node.capabilities = cut();
  return node;
}

NodeTable::Changes NodeTable::update(const std::vector<NodeRow>& rows, std::uint64_t epoch, std::int64_t epoch_since_us,
                                     std::int64_t lease_us, std::int64_t now_us) {
  Changes changes;
  std::set<std::string_view> listed;
  const auto tell = [&](Kind kind, const NodeRow& row) { changes.events.push_back({kind, row.tag, row.description}); };
  for (const NodeRow& row : rows) {
    if (row.tag == own_tag_) continue;
    listed.insert(row.tag);
    const auto known = nodes_.find(row.tag);
    const bool was_alive = known != nodes_.end() && known->second.row.is_alive;
    // Also where it died and came back between two looks.
    const bool has_died = known != nodes_.end() ? known->second.row.died != row.died : !row.is_alive;
    const bool is_other = known != nodes_.end() && known->second.row.incarnation != row.incarnation;
    if (was_alive && (has_died || !row.is_alive)) {
      tell(Kind::lost, known->second.row);
    } else if (was_alive && is_other) {
      tell(Kind::left, known->second.row);
    }
    if (has_died && !row.is_alive) changes.dead.push_back({row.tag, row.died});
    if (row.is_alive && (!was_alive || has_died || is_other)) tell(Kind::joined, row);
    nodes_.insert_or_assign(row.tag, Known{row, epoch});
  }
  for (auto it = nodes_.begin(); it != nodes_.end();) {
    const Known& known = it->second;
    if (listed.contains(it->first) || (known.row.is_alive && known.epoch != epoch && now_us - epoch_since_us < lease_us)) {
      ++it;
      continue;
    }
    if (known.row.is_alive && known.epoch == epoch) {
      tell(Kind::left, known.row);
    } else if (known.row.is_alive) {
      tell(Kind::lost, known.row);
      changes.dead.push_back({known.row.tag, {}});
    }
    it = nodes_.erase(it);
  }
  return changes;
}

NodeTable::Standing NodeTable::standing(std::string_view tag) const {
  if (tag == own_tag_) return Standing::alive;
  const auto known = nodes_.find(tag);
  if (known == nodes_.end()) return Standing::unknown;
  return known->second.row.is_alive ? Standing::alive : Standing::dead;
}

std::string NodeTable::died(std::string_view tag) const {
  const auto known = nodes_.find(tag);
  return known == nodes_.end() ? std::string() : known->second.row.died;
}

std::vector<std::pair<std::string, NodeDescription>> NodeTable::alive() const {
  std::vector<std::pair<std::string, NodeDescription>> nodes;
  for (const auto& [tag, known] : nodes_) {
    if (known.row.is_alive) nodes.emplace_back(tag, known.row.description);
  }
  return nodes;
}

std::size_t NodeTable::alive_count() const {
  std::size_t count = 0;
  for (const auto& [tag, known] : nodes_) count += known.row.is_alive ? 1 : 0;
  return count;
}

}  // namespace signaling::redis_adapter
