#include "operations.hpp"

#include <bit>
#include <optional>

#include "ack_gathering.hpp"
#include "client.hpp"
#include "cluster/cluster.hpp"
#include "socket_query.hpp"
#include "target_work.hpp"

namespace signaling::socketio {

using plugin_api::EmitFlags;
using plugin_api::Payload;
using plugin_api::Status;
using plugin_api::Target;

OwnedTarget::OwnedTarget(const Target& target)
    : texts_({{&target.namespace_name, 1}, target.rooms, target.except}),
      room_count_(target.rooms.size()),
      before_mark_(target.before_mark) {}

Target OwnedTarget::view() const noexcept {
  Target target;
  target.namespace_name = namespace_name();
  target.rooms = texts_.all().subspan(1, room_count_);
  target.except = texts_.all().subspan(1 + room_count_);
  target.before_mark = before_mark_;
  return target;
}

void Operations::tell_wrong_thread(std::string_view function) {
  shared_.hooks->on_fault(unknown_plugin, Fault::wrong_thread, wrong_thread_text(function));
}

std::uint64_t Operations::other_loops(LoopServer& here, const Target& target) const {
  if (loops_.size() == 1) return 0;
  std::uint64_t loops = 0;
  if (target.rooms.empty()) loops = shared_.registry->loops(target.namespace_name, {});
  NamespaceShard* shard = here.find_shard(target.namespace_name);
  for (const std::string_view room : target.rooms) {
    // A member of the room, as senders mostly are, knows without a lock.
    const Room* local = shard != nullptr ? shard->rooms().find(room) : nullptr;
    loops |= local != nullptr ? local->record->loops.load(std::memory_order_acquire)
                              : shared_.registry->loops(target.namespace_name, room);
    loops |= loop_of_own_id(room, node_tag_, loops_.size());
  }
  return loops & ~(std::uint64_t{1} << here.index());
}

template <class Work>
void Operations::on_each_loop(LoopServer& here, std::uint64_t others, const Target& target, Work work) {
  std::shared_ptr<OwnedTarget> owned;
  if (others != 0) owned = std::make_shared<OwnedTarget>(target);
  work(here, here.find_shard(target.namespace_name), target);
  for (; others != 0; others &= others - 1) {
    LoopServer& other = *loops_[static_cast<std::size_t>(std::countr_zero(others))];
    other.event_loop().post([&other, owned, work] { work(other, other.find_shard(owned->namespace_name()), owned->view()); });
  }
}

void Operations::emit(const Target& target, const Payload& event, EmitFlags flags) {
  LoopServer* const at = here("Namespaces::emit");
  if (at == nullptr) return;
  LoopServer& loop = *at;
  const EncodedPacket packet = loop.encoder().event(target.namespace_name, event, protocol::no_ack, flags.compress);
  if (packet.empty()) return;
  const std::uint64_t others = other_loops(loop, target);
  if (NamespaceShard* shard = loop.find_shard(target.namespace_name)) shard->deliver(target, packet, flags.is_volatile);
  if (others != 0) {
    struct Delivery {
      OwnedTarget target;
      EncodedPacket packet;
    };
    const auto delivery =
        std::allocate_shared<Delivery>(base::RecyclingAllocator<Delivery>(), Delivery{OwnedTarget(target), packet});
    for (std::uint64_t rest = others; rest != 0; rest &= rest - 1) {
      LoopServer& other = *loops_[static_cast<std::size_t>(std::countr_zero(rest))];
      other.event_loop().post([&other, delivery, is_volatile = flags.is_volatile] {
        NamespaceShard* shard = other.find_shard(delivery->target.namespace_name());
        if (shard != nullptr) shard->deliver(delivery->target.view(), delivery->packet, is_volatile);
      });
    }
  }
  if (cluster_ != nullptr && !flags.local) cluster_->emit(loop, target, event, flags);
}

void Operations::emit_to_member(std::string_view namespace_name, std::string_view socket_id, std::string_view required_room,
                                const Payload& event, plugin_api::StatusHandler* handler) {
  HandlerRef<plugin_api::StatusHandler> owned(handler);
  LoopServer* const at = here("Namespaces::emit_to_member");
  if (at == nullptr) return refuse(owned, [&] { owned->on_status(Status::invalid); });
  LoopServer& loop = *at;
  const auto encode = [&] { return loop.encoder().event(namespace_name, event, protocol::no_ack, true); };

  const std::optional<base::Sid> sid = base::Sid::parse(socket_id);
  if (sid && cluster_ != nullptr && sid->node_tag() != node_tag_) {
    if (!loop.encoder().accepts(event)) return loop.tell(std::move(owned), Status::invalid);
    return cluster_->emit_to_member(loop, *sid, namespace_name, required_room, event, std::move(owned));
  }
  if (!sid || sid->node_tag() != node_tag_ || sid->loop() >= loops_.size())
    return loop.tell(std::move(owned), Status::not_found);
  if (sid->loop() == loop.index()) {
    return loop.tell(std::move(owned), deliver_to_member(loop, namespace_name, socket_id, required_room, encode));
  }
  struct Request : base::Recycled {
    Request(OwnedTexts::Texts names, const base::Sid& to, EncodedPacket event_packet,
            HandlerRef<plugin_api::StatusHandler> status_handler)
        : texts({names}), id(to), packet(std::move(event_packet)), handler(std::move(status_handler)) {}
    OwnedTexts texts;  // namespace, room
    base::Sid id;
    EncodedPacket packet;
    HandlerRef<plugin_api::StatusHandler> handler;
  };
  const std::string_view names[] = {namespace_name, required_room};
  auto request = std::make_unique<Request>(names, *sid, encode(), std::move(owned));
  LoopServer& owner = *loops_[sid->loop()];
  owner.event_loop().post([&owner, &loop, request = std::move(request)]() mutable {
    const OwnedTexts::Texts texts = request->texts.all();
    const Status status = deliver_to_member(owner, texts[0], request->id.view(), texts[1],
                                            [&]() -> const EncodedPacket& { return request->packet; });
    if (!request->handler) return;
    loop.event_loop().post([&loop, request = std::move(request), status] { loop.tell(std::move(request->handler), status); });
  });
}

void Operations::join(const Target& target, std::span<const std::string_view> rooms) {
  const std::vector<std::string> names(rooms.begin(), rooms.end());
  LoopServer* const at = here("Namespaces::join");
  if (at == nullptr) return;
  LoopServer& loop = *at;
  on_each_loop(loop, other_loops(loop, target), target,
               [names](LoopServer&, NamespaceShard* shard, const Target& t) { join_sockets(shard, t, names); });
  if (cluster_ != nullptr) cluster_->join(loop, target, rooms);
}

void Operations::leave(const Target& target, std::span<const std::string_view> rooms) {
  const std::vector<std::string> names(rooms.begin(), rooms.end());
  LoopServer* const at = here("Namespaces::leave");
  if (at == nullptr) return;
  LoopServer& loop = *at;
  // Before the sockets of this node leave: the adapter may need this node's interest in the room to know of the others.
  if (cluster_ != nullptr) cluster_->leave(loop, target, rooms);
  on_each_loop(loop, other_loops(loop, target), target,
               [names](LoopServer&, NamespaceShard* shard, const Target& t) { leave_rooms(shard, t, names); });
}

void Operations::disconnect(const Target& target, bool close) {
  LoopServer* const caller = here("Namespaces::disconnect");
  if (caller == nullptr) return;
  LoopServer& from = *caller;
  if (cluster_ != nullptr) cluster_->disconnect(from, target, close);
  on_each_loop(from, other_loops(from, target), target, [close](LoopServer& loop, NamespaceShard* shard, const Target& t) {
    disconnect_sockets(loop, shard, t, close);
  });
}

void Operations::emit_with_ack(const Target& target, const Payload& event, std::uint32_t timeout_ms,
                               plugin_api::BroadcastAckHandler& handler, EmitFlags flags) {
  HandlerRef<plugin_api::BroadcastAckHandler> owned(&handler);
  LoopServer* const caller = here("Namespaces::emit_with_ack");
  if (caller == nullptr) return refuse(owned, [&] { owned->on_answers(Status::invalid, {}, 0, {}); });
  LoopServer& loop = *caller;
  const bool is_valid = timeout_ms != 0 && timeout_ms <= max_ack_timeout_ms;
  cluster::Asked asked;
  if (is_valid && cluster_ != nullptr && !flags.local) asked = cluster_->whom(loop, target);
  if (!is_valid || asked.is_too_many) {
    const Status status = is_valid ? Status::too_many : Status::invalid;
    return loop.call_handler(*owned, [&] { owned->on_answers(status, {}, 0, {}); });
  }
  const std::uint64_t id = loop.next_ack_id();
  const EncodedPacket packet = loop.encoder().event(target.namespace_name, event, id, flags.compress);
  if (packet.empty()) return loop.call_handler(*owned, [&] { owned->on_answers(Status::invalid, {}, 0, {}); });
  const std::uint64_t others = other_loops(loop, target);
  const std::size_t parts = 1 + static_cast<std::size_t>(std::popcount(others)) + asked.nodes.size();
  const auto gathering = std::make_shared<AckGathering>(loop, std::move(owned), parts, asked.is_away);
  on_each_loop(loop, others, target,
               [gathering, packet, id, timeout_ms, is_volatile = flags.is_volatile](LoopServer& at, NamespaceShard* shard,
                                                                                    const Target& t) {
                 gather_acks(at, select(shard, t), packet, id, base::Milliseconds(timeout_ms), is_volatile,
                             [gathering](GatheredPart&& part) { gathering->report(std::move(part)); });
               });
  if (asked.nodes.empty()) return;
  cluster_->gather(loop, asked, target, event, base::Milliseconds(timeout_ms), flags, gathering);
}

void Operations::query(const Target& target, plugin_api::Projection projection, std::uint32_t timeout_ms, bool local,
                       plugin_api::QueryHandler& handler) {
  HandlerRef<plugin_api::QueryHandler> owned(&handler);
  LoopServer* const at = here("Namespaces::query");
  if (at == nullptr) return refuse(owned, [&] { owned->on_result(Status::invalid, 0, {}, {}); });
  LoopServer& loop = *at;
  const bool is_valid = timeout_ms != 0 && timeout_ms <= max_ack_timeout_ms;
  cluster::Asked asked;
  if (is_valid && cluster_ != nullptr && !local) asked = cluster_->whom(loop, target);
  if (!is_valid || asked.is_too_many) {
    const Status status = is_valid ? Status::too_many : Status::invalid;
    return loop.call_handler(*owned, [&] { owned->on_result(status, 0, {}, {}); });
  }
  const std::uint64_t others = other_loops(loop, target);
  const std::size_t parts = 1 + static_cast<std::size_t>(std::popcount(others)) + asked.nodes.size();
  const auto query = std::make_shared<SocketQuery>(loop, std::move(owned), parts, asked.is_away);
  on_each_loop(loop, others, target,
               [query, projection, &name = node_name_](LoopServer&, NamespaceShard* shard, const Target& t) {
                 query->report(look_at(select(shard, t), projection, name));
               });
  if (asked.nodes.empty()) return;
  cluster_->query(loop, asked, target, projection, base::Milliseconds(timeout_ms), query);
}

plugin_api::Socket* Operations::find_local(std::string_view namespace_name, std::string_view socket_id) {
  LoopServer* const at = here("Namespaces::find_local");
  NamespaceShard* shard = at != nullptr ? at->find_shard(namespace_name) : nullptr;
  return shard != nullptr ? shard->find(socket_id) : nullptr;
}

void Operations::emit_to_servers(std::string_view namespace_name, const Payload& event, std::uint32_t timeout_ms,
                                 plugin_api::ServerAnswersHandler* handler) {
  HandlerRef<plugin_api::ServerAnswersHandler> owned(handler);
  LoopServer* const at = here("Namespaces::emit_to_servers");
  if (at == nullptr) return refuse(owned, [&] { owned->on_answers(Status::invalid, {}, {}); });
  LoopServer& loop = *at;
  const bool is_valid = (!owned || (timeout_ms != 0 && timeout_ms <= max_ack_timeout_ms)) && loop.encoder().accepts(event);
  if (is_valid && cluster_ != nullptr) {
    return cluster_->emit_to_servers(loop, namespace_name, event, base::Milliseconds(timeout_ms), std::move(owned));
  }
  const Status status = is_valid ? Status::ok : Status::invalid;
  if (owned) loop.call_handler(*owned, [&] { owned->on_answers(status, {}, {}); });
}

}  // namespace signaling::socketio
