#include "room_index.hpp"

#include <algorithm>
#include <functional>

namespace signaling::socketio {
namespace {

bool before(const MembershipList::Membership& membership, const Room* room) noexcept {
  return std::less<const Room*>{}(membership.room, room);
}

}  // namespace

std::pair<Room&, bool> RoomIndex::find_or_create(std::string_view name) {
  if (Room* room = find(name)) return {*room, false};
  Room& room = rooms_.try_emplace(std::string(name)).first->second;
  room.name = name;
  return {room, true};
}

MembershipList::Membership* MembershipList::find(const Room* room) noexcept {
  const auto at = std::lower_bound(list_.begin(), list_.end(), room, before);
  return at != list_.end() && at->room == room ? &*at : nullptr;
}

void MembershipList::insert(Membership membership) {
  list_.insert(std::lower_bound(list_.begin(), list_.end(), membership.room, before), membership);
}

void MembershipList::erase(const Room* room) {
  list_.erase(std::lower_bound(list_.begin(), list_.end(), room, before));
  if (list_.empty()) list_ = {};  // an idle socket keeps nothing
}

}  // namespace signaling::socketio
