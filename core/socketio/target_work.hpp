#pragma once
// What an operation does with the sockets of its target on one loop, whichever loop or node asked for it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <signaling/base/sid.hpp>
#include <signaling/plugin_api/namespaces.hpp>

#include "loop_server.hpp"
#include "namespace_shard.hpp"
#include "socket.hpp"

namespace signaling::socketio {

/// A room named like the id of a socket of this node is that socket's own: its loop as a bit, 0 for any other name.
inline std::uint64_t loop_of_own_id(std::string_view room, std::string_view own_tag, std::size_t loops) noexcept {
  const std::optional<base::Sid> id = base::Sid::parse(room);
  return id && id->node_tag() == own_tag && id->loop() < loops ? std::uint64_t{1} << id->loop() : 0;
}

/// Sockets of the target on one loop; a copy, since what is done with them may change memberships. Empty without a shard.
std::vector<Socket*> select(NamespaceShard* shard, const plugin_api::Target& target);

/// `Names`: a range of what converts to std::string_view.
template <class Names>
void join_sockets(NamespaceShard* shard, const plugin_api::Target& target, const Names& names) {
  for (Socket* socket : select(shard, target)) {
    for (const std::string_view name : names) socket->join(name, plugin_api::Admission::open, nullptr);
  }
}
template <class Names>
void leave_rooms(NamespaceShard* shard, const plugin_api::Target& target, const Names& names) {
  for (Socket* socket : select(shard, target)) {
    for (const std::string_view name : names) socket->leave(name);
  }
}
void disconnect_sockets(LoopServer& loop, NamespaceShard* shard, const plugin_api::Target& target, bool close);

/// An event for one socket of this loop; `make_packet` is called where it is there. See Namespaces::emit_to_member.
template <class MakePacket>
plugin_api::Status deliver_to_member(LoopServer& loop, std::string_view namespace_name, std::string_view id,
                                     std::string_view room, MakePacket&& make_packet) {
  using plugin_api::Status;
  NamespaceShard* shard = loop.find_shard(namespace_name);
  Socket* socket = shard != nullptr ? shard->find(id) : nullptr;
  if (socket == nullptr || !socket->is_connected()) return Status::not_found;
  if (!room.empty()) {
    Room* required = shard->rooms().find(room);
    const MembershipList::Membership* membership = required != nullptr ? socket->memberships().find(required) : nullptr;
    if (membership == nullptr) return Status::not_member;
    if (required->members[membership->index].mark == held_mark) {
      // Kept with the room's broadcasts, which it must not overtake.
      socket->hold(*required, make_packet(), 0);
      return Status::ok;
    }
  }
  return socket->send_event(make_packet(), false) == plugin_api::EmitResult::sent ? Status::ok : Status::not_found;
}

}  // namespace signaling::socketio
