#include "slot_map.hpp"

#include <algorithm>

#include "reply.hpp"

namespace signaling::redis_adapter {
namespace {

bool is_array(const redisReply& reply, std::size_t min_elements) {
  return reply.type == REDIS_REPLY_ARRAY && reply.elements >= min_elements;
}

bool is_integer(const redisReply& reply, long long min, long long max) {
  return reply.type == REDIS_REPLY_INTEGER && reply.integer >= min && reply.integer <= max;
}

/// `[host, port, id, …]`
bool is_node(const redisReply& reply) { return is_array(reply, 3) && is_integer(*reply.element[1], 1, 65'535); }

std::uint16_t master_index(SlotMap& map, const redisReply& node, const ServerAddress& asked) {
  const auto id = text_of(*node.element[2]);
  const auto found = std::find_if(map.masters.begin(), map.masters.end(), [&](const auto& master) { return master.id == id; });
  if (found != map.masters.end()) return static_cast<std::uint16_t>(found - map.masters.begin());
  SlotMap::Master master;
  master.id = id;
  master.address.host = text_of(*node.element[0]);
  if (master.address.host.empty() || master.address.host == "?") master.address.host = asked.host;
  master.address.port = static_cast<std::uint16_t>(node.element[1]->integer);
  map.masters.push_back(std::move(master));
  return static_cast<std::uint16_t>(map.masters.size() - 1);
}

}  // namespace

std::optional<SlotMap> parse_cluster_slots(const redisReply& reply, const ServerAddress& asked) {
  if (!is_array(reply, 0)) return std::nullopt;
  SlotMap map;
  for (std::size_t i = 0; i < reply.elements; ++i) {
    const auto& range = *reply.element[i];
    constexpr long long last_slot = cluster_slots - 1;
    if (!is_array(range, 3) || !is_integer(*range.element[0], 0, last_slot) ||
        !is_integer(*range.element[1], range.element[0]->integer, last_slot) || !is_node(*range.element[2]))
      return std::nullopt;
    const auto index = master_index(map, *range.element[2], asked);
    auto& replicas = map.masters[index].replica_ids;
    for (std::size_t k = 3; k < range.elements; ++k) {
      if (!is_node(*range.element[k])) return std::nullopt;
      const std::string id(text_of(*range.element[k]->element[2]));
      if (std::find(replicas.begin(), replicas.end(), id) == replicas.end()) replicas.push_back(id);
    }
    std::fill(map.owners.begin() + range.element[0]->integer, map.owners.begin() + range.element[1]->integer + 1, index);
  }
  return map;
}

}  // namespace signaling::redis_adapter
