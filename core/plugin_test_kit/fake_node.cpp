// Clients of a node, its rooms, and what reaches them.

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <signaling/test_kit/fake_cluster.hpp>
#include <signaling/test_kit/fake_node.hpp>

namespace signaling::testing {

using plugin_api::Payload;
using plugin_api::Status;
using plugin_api::StatusHandler;
using plugin_api::Target;

FakeNode::FakeNode(FakeCluster& cluster, std::size_t number)
    : cluster_(cluster), number_(number), host_("node" + std::to_string(number)) {
  host_.set_namespaces(*this);
  host_.set_interface(std::string(plugin_api::HandshakeRefusals::interface_name),
                      static_cast<plugin_api::HandshakeRefusals*>(&refusals_));
}

FakeNode::~FakeNode() = default;

FakeNode::Targets::Targets(const Target& target)
    : namespace_name(target.namespace_name),
      rooms(target.rooms.begin(), target.rooms.end()),
      except(target.except.begin(), target.except.end()),
      before_mark(target.before_mark) {
  if (before_mark != 0 && rooms.size() != 1) throw std::logic_error("before_mark needs exactly one room");
}

std::vector<FakeSocket*> FakeNode::sockets() const {
  std::vector<FakeSocket*> connected;
  for (const auto& socket : sockets_) {
    if (socket->is_connected_) connected.push_back(socket.get());
  }
  return connected;
}

FakeNode::Member* FakeNode::find_member(const RoomKey& key, std::string_view id) {
  const auto room = rooms_.find(key);
  if (room == rooms_.end()) return nullptr;
  for (Member& member : room->second.members) {
    if (member.socket->id() == id) return &member;
  }
  return nullptr;
}

FakeSocket* FakeNode::find(std::string_view namespace_name, std::string_view id) {
  for (const auto& socket : sockets_) {
    if (socket->id() == id && socket->namespace_name() == namespace_name && socket->is_connected_) return socket.get();
  }
  return nullptr;
}

bool FakeNode::is_in(const FakeSocket& socket, const std::string& room) {
  return socket.id() == room || find_member({socket.namespace_, room}, socket.id_) != nullptr;
}

bool FakeNode::is_target(const FakeSocket& socket, const Targets& targets) {
  const auto named = [&](const std::string& room) { return is_in(socket, room); };
  return socket.is_connected_ && socket.namespace_ == targets.namespace_name &&
         (targets.rooms.empty() || std::any_of(targets.rooms.begin(), targets.rooms.end(), named)) &&
         std::none_of(targets.except.begin(), targets.except.end(), named);
}

std::vector<FakeSocket*> FakeNode::targets_here(const Targets& targets) {
  std::vector<FakeSocket*> found;
  for (const auto& socket : sockets_) {
    if (is_target(*socket, targets)) found.push_back(socket.get());
  }
  return found;
}

void FakeNode::emit(const Target& target, const Payload& event, plugin_api::EmitFlags flags) {
  const Targets targets(target);
  const Received what = receive(event);
  deliver(targets, what);
  if (flags.local) return;
  for (const auto& other : cluster_.nodes_) {
    if (other.get() == this) continue;
    // One room has a channel of its own, which reaches those that were subscribed by then.
    if (targets.rooms.size() == 1 && other->find(targets.namespace_name, targets.rooms[0]) == nullptr) {
      const auto room = other->rooms_.find({targets.namespace_name, targets.rooms[0]});
      if (room == other->rooms_.end() || !room->second.is_reachable) continue;
    }
    cluster_.send(number_, other->number_, [&node = *other, targets, what] { node.deliver(targets, what); });
  }
}

void FakeNode::deliver(const Targets& targets, const Received& what) {
  if (targets.rooms.size() == 1 && find(targets.namespace_name, targets.rooms[0]) == nullptr) {
    return deliver_to_room(targets, what);
  }
  for (FakeSocket* target : targets_here(targets)) target->deliver(what);
}

void FakeNode::deliver_to_room(const Targets& targets, const Received& what) {
  const auto room = rooms_.find({targets.namespace_name, targets.rooms[0]});
  if (room == rooms_.end()) return;
  std::vector<FakeSocket*> reached;  // what one does on receiving may change the members
  for (Member& member : room->second.members) {
    if (!is_target(*member.socket, targets)) continue;
    if (member.is_held) {
      member.kept.push_back({what, targets.before_mark});
    } else if (targets.before_mark == 0 || member.mark < targets.before_mark) {
      reached.push_back(member.socket);
    }
  }
  for (FakeSocket* target : reached) target->deliver(what);
}

void FakeNode::emit_to_member(std::string_view namespace_name, std::string_view socket_id, std::string_view required_room,
                              const Payload& event, StatusHandler* handler) {
  const Received what = receive(event);
  const auto tell = [handler](Status status) {
    if (handler == nullptr) return;
    handler->on_status(status);
    handler->release();
  };
  const RoomKey room{namespace_name, required_room};
  FakeNode* owner = cluster_.owner_of(socket_id);
  if (owner == nullptr) return tell(Status::not_found);
  if (owner == this) return tell(deliver_to_member(socket_id, room, what));
  cluster_.send(number_, owner->number_, [this, owner, tell, id = std::string(socket_id), room, what] {
    const Status status = owner->deliver_to_member(id, room, what);
    cluster_.send(owner->number_, number_, [tell, status] { tell(status); });
  });
}

Status FakeNode::deliver_to_member(std::string_view id, const RoomKey& room, const Received& what) {
  FakeSocket* const socket = find(room.first, id);
  if (socket == nullptr) return Status::not_found;
  if (room.second.empty()) {
    socket->deliver(what);
    return Status::ok;
  }
  Member* member = find_member(room, id);
  if (member == nullptr) return Status::not_member;
  if (member->is_held) {
    member->kept.push_back({what, 0});
  } else {
    socket->deliver(what);
  }
  return Status::ok;
}

plugin_api::Socket* FakeNode::find_local(std::string_view namespace_name, std::string_view socket_id) {
  return find(namespace_name, socket_id);
}

void FakeNode::leave_room(FakeSocket& socket, const RoomKey& key) {
  const auto found = rooms_.find(key);
  if (found == rooms_.end()) return;
  Room& room = found->second;
  std::erase_if(room.members, [&](const Member& member) { return member.socket == &socket; });
  // The subscription ends with the last member, once nobody waits for it.
  if (room.members.empty() && room.waiting.empty()) rooms_.erase(found);
}

void FakeNode::make_reachable(const RoomKey& key) {
  Room& room = rooms_[key];
  room.is_reachable = true;
  for (StatusHandler* handler : std::exchange(room.waiting, {})) {
    handler->on_status(Status::ok);
    handler->release();
  }
  const auto found = rooms_.find(key);
  if (found != rooms_.end() && found->second.members.empty()) rooms_.erase(found);
}

void FakeNode::remove(FakeSocket& socket, std::string_view reason) {
  if (std::exchange(socket.is_gone_, true)) return;
  const bool was_connected = std::exchange(socket.is_connected_, false);
  if (was_connected && application_ != nullptr) application_->on_disconnect(socket, reason);
  for (const Guard& guard : chain_) {
    if ((guard.hooks & plugin_api::hook_disconnect) != 0) guard.middleware->on_disconnect(socket, reason);
  }
  std::vector<RoomKey> keys;
  for (const auto& [key, room] : rooms_) keys.push_back(key);
  for (const RoomKey& key : keys) leave_room(socket, key);
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, awaited] : socket.awaited_) numbers.push_back(number);
  for (const std::uint64_t number : numbers) socket.fail_ack(number, Status::closed);
  socket.waiting_.clear();
  socket.has_left_ = true;
}

}  // namespace signaling::testing
