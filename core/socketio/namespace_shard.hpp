#pragma once
// One namespace on one event loop: its sockets, its rooms, and who gets a broadcast.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include <signaling/base/sid.hpp>
#include <signaling/plugin_api/namespaces.hpp>

#include "handler_ref.hpp"
#include "namespace_table.hpp"
#include "packet_encoder.hpp"
#include "room_index.hpp"
#include "socket.hpp"

namespace signaling::socketio {

class LoopServer;

class NamespaceShard {
 public:
  NamespaceShard(LoopServer& loop, std::string_view name, const ApplicationBinding& application);
  ~NamespaceShard();
  NamespaceShard(const NamespaceShard&) = delete;
  NamespaceShard& operator=(const NamespaceShard&) = delete;

  const std::string& name() const noexcept { return name_; }
  const ApplicationBinding& application() const noexcept { return application_; }
  RoomIndex& rooms() noexcept { return rooms_; }
  /// No socket refers to this shard: neither one in the namespace, nor one on its way in or out.
  bool is_unused() const noexcept { return references_ == 0; }
  void add_reference() noexcept { ++references_; }
  void drop_reference();

  void add(Socket& socket) { sockets_.insert(&socket); }
  void remove(Socket& socket) { sockets_.erase(&socket); }
  Socket* find(std::string_view id) noexcept {
    if (id.size() != base::sid_length) return nullptr;
    const auto found = sockets_.find(id);
    return found == sockets_.end() ? nullptr : *found;
  }

  /// Joining twice keeps the first admission.
  void join(Socket& socket, std::string_view room, std::uint64_t mark, HandlerRef<plugin_api::StatusHandler> when_reachable);
  /// The socket is a member. The room ends with its last one.
  void leave(Socket& socket, Room& room);
  void leave_all(Socket& socket);

  /// Calls `visit(Socket&, const Room* room, std::uint64_t mark)` once for each socket of the target on this loop; `room` is
  /// nullptr where the socket was named by its id or by the whole namespace. Membership must not change meanwhile.
  template <class Visit>
  void visit(const plugin_api::Target& target, Visit&& visit);

  void deliver(const plugin_api::Target& target, const EncodedPacket& packet, bool is_volatile);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view id) const noexcept { return base::SidHash{}(id); }
    std::size_t operator()(const Socket* socket) const noexcept { return base::SidHash{}(socket->sid()); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Socket* a, const Socket* b) const noexcept { return a == b; }
    bool operator()(std::string_view id, const Socket* socket) const noexcept { return id == socket->sid().view(); }
    bool operator()(const Socket* socket, std::string_view id) const noexcept { return id == socket->sid().view(); }
  };

  void deliver_through_hooks(const plugin_api::Target& target, const EncodedPacket& packet, bool is_volatile);

  LoopServer& loop_;
  std::string name_;
  const ApplicationBinding& application_;
  RoomRecord* record_;  // of the whole namespace, while this shard is there
  std::unordered_set<Socket*, Hash, Equal> sockets_;
  RoomIndex rooms_;
  std::uint64_t stamp_ = 0;
  std::uint32_t references_ = 0;
};

template <class Visit>
void NamespaceShard::visit(const plugin_api::Target& target, Visit&& visit) {
  // Each broadcast has a number; a socket that carries it was excepted or has been served. No set, no allocation.
  const std::uint64_t stamp = ++stamp_;
  for (const std::string_view name : target.except) {
    if (Socket* socket = find(name)) socket->visit_stamp = stamp;
    if (const Room* room = rooms_.find(name)) {
      for (const Member& member : room->members) member.socket->visit_stamp = stamp;
    }
  }
  if (target.rooms.empty()) {
    for (Socket* socket : sockets_) {
      if (socket->visit_stamp != stamp) visit(*socket, static_cast<const Room*>(nullptr), std::uint64_t{0});
    }
    return;
  }
  for (const std::string_view name : target.rooms) {
    if (Socket* socket = find(name); socket != nullptr && socket->visit_stamp != stamp) {
      socket->visit_stamp = stamp;
      visit(*socket, static_cast<const Room*>(nullptr), std::uint64_t{0});
    }
    if (const Room* room = rooms_.find(name)) {
      for (const Member& member : room->members) {
        if (member.socket->visit_stamp == stamp) continue;
        member.socket->visit_stamp = stamp;
        visit(*member.socket, room, member.mark);
      }
    }
  }
}

}  // namespace signaling::socketio
