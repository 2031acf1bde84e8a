#include "presence_store.hpp"

namespace signaling::memory_adapter {

using plugin_api::Status;

PresenceResult PresenceStore::put(std::string_view room_name, std::string_view member, std::string_view value,
                                  std::uint32_t max_members) {
  PresenceResult result;
  if (room_name.empty() || member.empty()) {
    result.status = Status::invalid;
    return result;
  }
  if (value.size() > limits_.max_value_bytes) {
    result.status = Status::too_many;
    return result;
  }
  Shard& shard = shard_of(room_name);
  const std::lock_guard lock(shard.mutex);
  auto found = shard.rooms.find(room_name);
  if (found == shard.rooms.end()) {
    if (!take_room_slot()) {
      result.status = Status::too_many;
      return result;
    }
    found = shard.rooms.emplace(room_name, Room()).first;
  }
  Room& room = found->second;
  if (const auto known = room.index.find(member); known != room.index.end()) {
    Member& entry = *known->second;
    result.existed = true;
    room.bytes += value.size();
    room.bytes -= entry.value.size();
    entry.value = value;
    entry.mark = result.mark = next_mark();
  } else {
    // A room that was just made has no members, so neither bound leaves it behind empty.
    if (max_members != 0 && room.members.size() >= max_members) {
      result.status = Status::full;
      return result;
    }
    if (room.members.size() >= limits_.max_members) {
      result.status = Status::too_many;
      return result;
    }
    result.mark = next_mark();
    const auto added = room.members.insert(room.members.end(), {std::string(member), std::string(value), result.mark});
    room.index.emplace(added->id, added);
    room.bytes += member.size() + value.size();
  }
  copy_others(room, member, result);
  return result;
}

PresenceResult PresenceStore::remove(std::string_view room_name, std::string_view member) {
  PresenceResult result;
  Shard& shard = shard_of(room_name);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.rooms.find(room_name);
  const auto known = found == shard.rooms.end() ? decltype(Room::index)::iterator() : found->second.index.find(member);
  if (found == shard.rooms.end() || known == found->second.index.end()) {
    result.mark = marks_.load(std::memory_order_relaxed);
    return result;
  }
  Room& room = found->second;
  const auto entry = known->second;
  result.existed = true;
  result.mark = next_mark();
  room.bytes -= entry->id.size() + entry->value.size();
  room.index.erase(known);
  room.members.erase(entry);
  if (room.members.empty()) {
    shard.rooms.erase(found);
    room_count_.fetch_sub(1, std::memory_order_relaxed);
  }
  return result;
}

PresenceResult PresenceStore::list(std::string_view room_name) const {
  PresenceResult result;
  const Shard& shard = shard_of(room_name);
  const std::lock_guard lock(shard.mutex);
  result.mark = marks_.load(std::memory_order_relaxed);
  if (const auto found = shard.rooms.find(room_name); found != shard.rooms.end()) copy_others(found->second, {}, result);
  return result;
}

bool PresenceStore::take_room_slot() noexcept {
  if (room_count_.fetch_add(1, std::memory_order_relaxed) < limits_.max_rooms) return true;
  room_count_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

void PresenceStore::copy_others(const Room& room, std::string_view member, PresenceResult& result) {
  // Reserved once, so that the views taken while it grows stay good.
  result.bytes_.reserve(room.bytes);
  result.others.reserve(room.members.size());
  const auto keep = [&bytes = result.bytes_](std::string_view text) {
    const std::size_t begin = bytes.size();
    bytes.append(text);
    return std::string_view(bytes).substr(begin);
  };
  for (const Member& other : room.members) {
    if (other.id == member) continue;
    const std::string_view id = keep(other.id);
    result.others.push_back({id, keep(other.value), other.mark});
  }
}

}  // namespace signaling::memory_adapter
