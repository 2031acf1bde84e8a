#include <algorithm>
#include <stdexcept>
#include <utility>

#include <signaling/test_kit/fake_cluster.hpp>

namespace signaling::testing {

using plugin_api::Payload;
using plugin_api::Status;
using plugin_api::StatusHandler;
using plugin_api::Target;

FakeNode::FakeNode(FakeCluster& cluster, std::size_t number)
    : cluster_(cluster), number_(number), host_("node" + std::to_string(number)) {
  host_.set_namespaces(*this);
}

FakeSocket& FakeNode::connect() {
  const std::string id = std::to_string(number_) + "-" + std::to_string(sockets_.size());
  sockets_.push_back(std::make_unique<FakeSocket>(*this, id));
  application_->on_connect(*sockets_.back());
  return *sockets_.back();
}

std::vector<FakeSocket*> FakeNode::sockets() const {
  std::vector<FakeSocket*> connected;
  for (const auto& socket : sockets_) {
    if (socket->is_connected_) connected.push_back(socket.get());
  }
  return connected;
}

FakeNode::Member* FakeNode::find_member(std::string_view room_name, std::string_view id) {
  const auto room = rooms_.find(room_name);
  if (room == rooms_.end()) return nullptr;
  for (Member& member : room->second.members) {
    if (member.socket->id() == id) return &member;
  }
  return nullptr;
}

void FakeNode::emit(const Target& target, const Payload& event, plugin_api::EmitFlags flags) {
  if (target.rooms.size() != 1) throw std::logic_error("this fake broadcasts to one room at a time");
  const Broadcast broadcast{
      std::string(target.rooms[0]), {target.except.begin(), target.except.end()}, target.before_mark, receive(event)};
  deliver(broadcast);
  if (flags.local) return;
  for (const auto& other : cluster_.nodes_) {
    if (other.get() == this) continue;
    const auto room = other->rooms_.find(broadcast.room);
    if (room == other->rooms_.end() || !room->second.is_reachable) continue;
    cluster_.send(number_, other->number_, [&node = *other, broadcast] { node.deliver(broadcast); });
  }
}

void FakeNode::deliver(const Broadcast& broadcast) {
  const auto room = rooms_.find(broadcast.room);
  if (room == rooms_.end()) return;
  std::vector<FakeSocket*> targets;  // what one does on receiving may change the members
  for (Member& member : room->second.members) {
    if (std::find(broadcast.except.begin(), broadcast.except.end(), member.socket->id()) != broadcast.except.end()) continue;
    if (member.is_held) {
      member.kept.push_back({broadcast.what, broadcast.before_mark});
    } else if (broadcast.before_mark == 0 || member.mark < broadcast.before_mark) {
      targets.push_back(member.socket);
    }
  }
  for (FakeSocket* target : targets) target->deliver(broadcast.what);
}

void FakeNode::emit_to_member(std::string_view, std::string_view socket_id, std::string_view required_room,
                              const Payload& event, StatusHandler* handler) {
  const Received what = receive(event);
  const auto tell = [handler](Status status) {
    if (handler == nullptr) return;
    handler->on_status(status);
    handler->release();
  };
  FakeNode* owner = cluster_.owner_of(socket_id);
  if (owner == nullptr) return tell(Status::not_found);
  if (owner == this) return tell(deliver_to_member(socket_id, required_room, what));
  cluster_.send(number_, owner->number_,
                [this, owner, tell, id = std::string(socket_id), room = std::string(required_room), what] {
                  const Status status = owner->deliver_to_member(id, room, what);
                  cluster_.send(owner->number_, number_, [tell, status] { tell(status); });
                });
}

Status FakeNode::deliver_to_member(std::string_view id, std::string_view room, const Received& what) {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(), [&](const auto& s) { return s->id() == id; });
  if (found == sockets_.end() || !(*found)->is_connected_) return Status::not_found;
  if (room.empty()) {
    (*found)->deliver(what);
    return Status::ok;
  }
  Member* member = find_member(room, id);
  if (member == nullptr) return Status::not_member;
  if (member->is_held) {
    member->kept.push_back({what, 0});
  } else {
    (*found)->deliver(what);
  }
  return Status::ok;
}

plugin_api::Socket* FakeNode::find_local(std::string_view, std::string_view socket_id) {
  for (const auto& socket : sockets_) {
    if (socket->id() == socket_id && socket->is_connected_) return socket.get();
  }
  return nullptr;
}

void FakeNode::leave_room(FakeSocket& socket, std::string_view room_name) {
  const auto found = rooms_.find(room_name);
  if (found == rooms_.end()) return;
  Room& room = found->second;
  std::erase_if(room.members, [&](const Member& member) { return member.socket == &socket; });
  // The subscription ends with the last member, once nobody waits for it.
  if (room.members.empty() && room.waiting.empty()) rooms_.erase(found);
}

void FakeNode::make_reachable(const std::string& room_name) {
  Room& room = rooms_[room_name];
  room.is_reachable = true;
  for (StatusHandler* handler : std::exchange(room.waiting, {})) {
    handler->on_status(Status::ok);
    handler->release();
  }
  const auto found = rooms_.find(room_name);
  if (found != rooms_.end() && found->second.members.empty()) rooms_.erase(found);
}

void FakeNode::remove(FakeSocket& socket, std::string_view reason) {
  if (!std::exchange(socket.is_connected_, false)) return;
  application_->on_disconnect(socket, reason);
  std::vector<std::string> names;
  for (const auto& [name, room] : rooms_) names.push_back(name);
  for (const auto& name : names) leave_room(socket, name);
}

namespace {
[[noreturn]] void not_faked() { throw std::logic_error("not faked"); }
}  // namespace
void FakeNode::emit_with_ack(const Target&, const Payload&, std::uint32_t, plugin_api::BroadcastAckHandler&,
                             plugin_api::EmitFlags) {
  not_faked();
}
void FakeNode::join(const Target&, std::span<const std::string_view>) { not_faked(); }
void FakeNode::leave(const Target&, std::span<const std::string_view>) { not_faked(); }
void FakeNode::disconnect(const Target&, bool) { not_faked(); }
void FakeNode::query(const Target&, plugin_api::Projection, std::uint32_t, bool, plugin_api::QueryHandler&) { not_faked(); }
void FakeNode::emit_to_servers(std::string_view, const plugin_api::Payload&, std::uint32_t, plugin_api::ServerAnswersHandler*) {
  not_faked();
}

FakeCluster::FakeCluster(std::size_t nodes) {
  for (std::size_t i = 0; i < nodes; ++i) {
    nodes_.push_back(std::make_unique<FakeNode>(*this, i));
    nodes_.back()->host().set_presence(presence_);
  }
}

std::size_t FakeCluster::choices() const { return presence_.pending() + channels_.size() + subscribing_.size(); }

void FakeCluster::choose(std::size_t index) {
  if (index < presence_.pending()) return presence_.step(index);
  index -= presence_.pending();
  if (index < channels_.size()) {
    const auto channel = std::next(channels_.begin(), static_cast<std::ptrdiff_t>(index));
    const auto arrival = std::move(channel->second.front());
    channel->second.pop_front();
    if (channel->second.empty()) channels_.erase(channel);
    return arrival();
  }
  index -= channels_.size();
  const auto [node, room] = subscribing_.at(index);
  subscribing_.erase(subscribing_.begin() + static_cast<std::ptrdiff_t>(index));
  nodes_[node]->make_reachable(room);
}

void FakeCluster::run() {
  while (choices() > 0) choose(0);
}

void FakeCluster::stop() {
  for (const auto& node : nodes_) {
    for (FakeSocket* socket : node->sockets()) socket->drop_connection("server shutting down");
  }
  run();
}

void FakeCluster::send(std::size_t from, std::size_t to, std::function<void()> arrival) {
  if (!is_held_) return arrival();
  channels_[{from, to}].push_back(std::move(arrival));
}

FakeNode* FakeCluster::owner_of(std::string_view id) {
  for (const auto& node : nodes_) {
    if (id.starts_with(std::to_string(node->number_) + "-")) return node.get();
  }
  return nullptr;
}

}  // namespace signaling::testing
