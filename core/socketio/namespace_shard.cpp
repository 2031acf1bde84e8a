#include "namespace_shard.hpp"

#include "loop_server.hpp"
#include "room_registry.hpp"

namespace signaling::socketio {

NamespaceShard::NamespaceShard(LoopServer& loop, std::string_view name, const ApplicationBinding& application)
    : loop_(loop), name_(name), application_(application) {
  record_ = loop.acquire_room(name_, {});
  loop.counters().namespaces.add();
}

NamespaceShard::~NamespaceShard() {
  loop_.release_room(record_);
  loop_.counters().namespaces.subtract();
}

void NamespaceShard::drop_reference() {
  if (--references_ == 0) loop_.sweep_shard(*this);
}

void NamespaceShard::join(Socket& socket, std::string_view room_name, std::uint64_t mark,
                          HandlerRef<plugin_api::StatusHandler> when_reachable) {
  const auto [room, is_new] = rooms_.find_or_create(room_name);
  if (is_new) {
    room.record = loop_.acquire_room(name_, room_name);
    loop_.counters().rooms.add();
  }
  if (socket.memberships().find(&room) == nullptr) {
    socket.memberships().insert({&room, static_cast<std::uint32_t>(room.members.size())});
    room.members.push_back({&socket, mark});
    loop_.counters().memberships.add();
  }
  if (when_reachable) loop_.when_reachable(room.record, std::move(when_reachable));
}

void NamespaceShard::leave(Socket& socket, Room& room) {
  const std::uint32_t index = socket.memberships().find(&room)->index;
  socket.memberships().erase(&room);
  socket.forget_held(room);
  if (index + 1 != room.members.size()) {
    room.members[index] = room.members.back();
    room.members[index].socket->memberships().find(&room)->index = index;
  }
  room.members.pop_back();
  loop_.counters().memberships.subtract();
  if (!room.members.empty()) return;
  loop_.release_room(room.record);
  loop_.counters().rooms.subtract();
  rooms_.erase(room);
}

void NamespaceShard::leave_all(Socket& socket) {
  while (socket.memberships().size() > 0) leave(socket, *socket.memberships().items().back().room);
}

void NamespaceShard::deliver(const plugin_api::Target& target, const EncodedPacket& packet, bool is_volatile) {
  if (packet.empty()) return;
  if (!loop_.outgoing().empty()) return deliver_through_hooks(target, packet, is_volatile);
  visit(target, [&](Socket& socket, const Room* room, std::uint64_t mark) {
    if (mark == held_mark) {
      if (!is_volatile) socket.hold(*room, packet, target.before_mark);
      return;
    }
    if (target.before_mark != 0 && mark >= target.before_mark) return;
    if (socket.state() == Socket::State::connected) socket.send(packet, is_volatile);
  });
}

void NamespaceShard::deliver_through_hooks(const plugin_api::Target& target, const EncodedPacket& packet, bool is_volatile) {
  // Hooks may do what changes memberships and ends sockets, so they come after the visit. What ends is freed in a later turn.
  std::vector<Socket*> recipients;
  visit(target, [&](Socket& socket, const Room* room, std::uint64_t mark) {
    if (mark == held_mark) {
      if (!is_volatile) socket.hold(*room, packet, target.before_mark);
      return;
    }
    if (target.before_mark != 0 && mark >= target.before_mark) return;
    if (socket.state() == Socket::State::connected) recipients.push_back(&socket);
  });
  const ShownPacket shown(packet, loop_.encoder().parser());
  for (Socket* socket : recipients) {
    if (socket->state() == Socket::State::connected) send_through_hooks(*socket, shown, is_volatile);
  }
}

}  // namespace signaling::socketio
