#include "inbox.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>

#include "cluster.hpp"
#include "request_kinds.hpp"
#include "server_reply.hpp"
#include "target_work.hpp"

namespace signaling::socketio::cluster {

using plugin_api::ClusterMessage;
using plugin_api::Status;

namespace {

/// A broadcast. Of the message it keeps the part that says to whom; its packet is encoded once it is known that somebody is.
class EmitWork final : public Work {
 public:
  /// Reads up to the payload.
  EmitWork(const ClusterMessage& message, Reader& reader) {
    reader(flags_, target_);
    const char* begin = reinterpret_cast<const char*>(message.body.data());
    head_.assign(begin, reader.position());
    const auto move = [&](std::string_view text) {
      return text.empty() ? text : std::string_view(head_.data() + (text.data() - begin), text.size());
    };
    target_.namespace_name = move(target_.namespace_name);
    target_.rooms.rebase(move);
    target_.except.rebase(move);
  }
  plugin_api::Target target() const noexcept { return target_.view(); }
  void encode(const PacketEncoder& encoder, const WirePayload& payload) {
    packet_ = encoder.relayed_event(target_.namespace_name, {payload.pieces, payload.attachments.view()}, protocol::no_ack,
                                    (flags_ & flag_no_compress) == 0);
  }
  void run(ClusterLoop& at) override {
    NamespaceShard* shard = at.loop.find_shard(target_.namespace_name);
    if (shard != nullptr) shard->deliver(target_.view(), packet_, (flags_ & flag_volatile) != 0);
  }

 private:
  std::uint8_t flags_ = 0;
  WireTarget target_;
  EncodedPacket packet_;
  std::string head_;
};

void send_status(Outlet& outlet, std::string_view to_tag, std::uint64_t request, Status status) {
  Writer writer;
  outlet.to_node(to_tag, encode(writer, Kind::member_status, MemberStatus{request, static_cast<std::uint8_t>(status)}));
}

/// Tag of a node by value.
struct Tag {
  explicit Tag(std::string_view text) noexcept : size(std::min(text.size(), sizeof chars)) { text.copy(chars, size); }
  std::string_view view() const noexcept { return {chars, size}; }
  char chars[8];
  std::size_t size;
};

/// An event for one socket.
class MemberWork final : public Work {
 public:
  MemberWork(Outlet& outlet, const ClusterMessage& message, const base::Sid& id, const Member& member,
             const PacketEncoder& encoder)
      : outlet_(outlet),
        from_(message.from_tag),
        request_(member.request),
        id_(id),
        packet_(encoder.relayed_event(member.namespace_name, {member.payload.pieces, member.payload.attachments.view()},
                                      protocol::no_ack, true)),
        namespace_size_(member.namespace_name.size()) {
    names_.reserve(member.namespace_name.size() + member.room.size());
    names_ += member.namespace_name;
    names_ += member.room;
  }
  void run(ClusterLoop& at) override {
    const std::string_view names = names_;
    const Status status = deliver_to_member(at.loop, names.substr(0, namespace_size_), id_.view(),
                                            names.substr(namespace_size_), [&]() -> const EncodedPacket& { return packet_; });
    if (request_ != 0) send_status(outlet_, from_.view(), request_, status);
  }

 private:
  Outlet& outlet_;
  Tag from_;
  std::uint64_t request_;
  base::Sid id_;
  EncodedPacket packet_;
  std::string names_;
  std::size_t namespace_size_;
};

base::Sid parse_id(std::string_view text) {
  const std::optional<base::Sid> id = base::Sid::parse(text);
  if (!id) throw MalformedMessage("no socket id");
  return *id;
}

/// Number of the loop that made a request; see MemberRequests and NodeRequests.
std::size_t loop_of_request(std::uint64_t request) noexcept { return static_cast<std::size_t>(request >> 56); }

}  // namespace

Inbox::Inbox(Cluster& cluster)
    : cluster_(cluster),
      handover_(cluster.loops_, cluster.outlet_.counters(), cluster.max_queue_bytes_.load(std::memory_order_relaxed)) {}

void Inbox::take(std::span<const ClusterMessage> messages) {
  ClusterCounters& counters = cluster_.outlet_.counters();
  for (const ClusterMessage& message : messages) {
    ClusterCounters::add(counters.received);
    ClusterCounters::add(counters.received_bytes, message.body.size());
    if (message.from_tag.size() != base::node_tag_length || message.from_tag == cluster_.outlet_.own_tag()) {
      counters.drop(ClusterDrop::malformed);
      tell("a message without its sender's tag, or with this node's own");
      continue;
    }
    try {
      take_one(message);
    } catch (const std::exception&) {
      // Also where there is no memory for it: one message is lost, and no more.
      counters.drop(ClusterDrop::malformed);
      tell("a message that cannot be read");
    }
  }
  handover_.post();
}

void Inbox::tell(std::string_view what) const {
  cluster_.shared_.hooks->on_fault(cluster_.shared_.adapter_plugin, Fault::bad_message, what);
}

void Inbox::take_one(const ClusterMessage& message) {
  Reader reader(message.body);
  Kind kind{};
  switch (read_kind(reader, kind)) {
    case Known::yes: break;
    case Known::version: return cluster_.outlet_.counters().drop(ClusterDrop::unknown_version);
    case Known::kind: return cluster_.outlet_.counters().drop(ClusterDrop::unknown_kind);
  }
  switch (kind) {
    case Kind::emit: return take_emit(message, reader);
    case Kind::member: return take_member(message, reader);
    case Kind::member_check: return take_member_check(message);
    case Kind::member_status: return take_member_status(message, reader);
    case Kind::gather: return take_gather(message);
    case Kind::query: return take_query(message);
    case Kind::join:
    case Kind::leave: return take_room_change(message, kind);
    case Kind::disconnect: return take_disconnect(message);
    case Kind::server_event: return take_server_event(message);
    case Kind::gathered:
    case Kind::found:
    case Kind::server_answer: return take_answer(message, kind);
    case Kind::conversation_open: return take_conversation(message, &ConversationHub::on_open);
    case Kind::conversation_data: return take_conversation(message, &ConversationHub::on_data);
    case Kind::conversation_close: return take_conversation(message, &ConversationHub::on_close);
    case Kind::conversation_check: return take_conversation(message, &ConversationHub::on_check);
    case Kind::hears_again: return take_hears_again(message);
  }
}

void Inbox::take_emit(const ClusterMessage& message, Reader& reader) {
  const auto work = std::make_shared<EmitWork>(message, reader);
  WirePayload payload;
  reader(payload);
  const plugin_api::Target target = work->target();
  if (target.before_mark != 0 && target.except.size() == 1 &&
      !cluster_.heard_changes().on_broadcast(target.except.front(), target.before_mark)) {
    return;
  }
  const std::uint64_t loops = cluster_.loops_of(target);
  if (loops == 0) return;
  work->encode(cluster_.loops_.front()->loop.encoder(), payload);
  handover_.give(loops, message.body.size(), work);
}

void Inbox::take_member(const ClusterMessage& message, Reader& reader) {
  Member member;
  reader(member.socket_id);
  if (!member.socket_id.starts_with(cluster_.outlet_.own_tag())) {
    return ClusterCounters::add(cluster_.outlet_.counters().skipped);
  }
  const base::Sid id = parse_id(member.socket_id);
  reader(member.request, member.namespace_name, member.room, member.payload);
  handover_.give_to(
      loop_or_first(id.loop()), message.body.size(),
      std::make_shared<MemberWork>(cluster_.outlet_, message, id, member, cluster_.loops_.front()->loop.encoder()));
}

// Has a `member` come here? Where the socket is in the room it has, or will; else it will not.
void Inbox::take_member_check(const ClusterMessage& message) {
  const auto owned = std::make_shared<const Owned<MemberCheck>>(message);
  const base::Sid id = parse_id((*owned)->socket_id);
  const auto run = [&outlet = cluster_.outlet_](ClusterLoop& at, const Owned<MemberCheck>& check) {
    NamespaceShard* shard = at.loop.find_shard(check->namespace_name);
    const Socket* socket = shard != nullptr ? shard->find(check->socket_id) : nullptr;
    if (socket == nullptr || !socket->is_connected()) {
      send_status(outlet, check.from(), check->request, Status::not_found);
    } else if (!socket->is_in(check->room)) {
      send_status(outlet, check.from(), check->request, Status::not_member);
    }
  };
  handover_.give_to(loop_or_first(id.loop()), message.body.size(), make_work(owned, run));
}

void Inbox::take_member_status(const ClusterMessage& message, Reader& reader) {
  MemberStatus status;
  reader(status);
  handover_.give_status(loop_of_request(status.request), message.body.size(), status);
}

// A request is answered by every loop that has sockets of its target, or by one where none has.
std::uint64_t Inbox::loops_or_first(const plugin_api::Target& target) const {
  const std::uint64_t loops = cluster_.loops_of(target);
  return loops != 0 ? loops : 1;
}

void Inbox::take_gather(const ClusterMessage& message) {
  const auto owned = std::make_shared<const Owned<Gather>>(message);
  const Gather& gather = **owned;
  const std::uint64_t loops = loops_or_first(gather.target.view());
  const std::uint64_t ack_id = cluster_.shared_.next_ack_id.fetch_add(1, std::memory_order_relaxed);
  const EncodedPacket packet = cluster_.loops_.front()->loop.encoder().relayed_event(
      gather.target.namespace_name, {gather.payload.pieces, gather.payload.attachments.view()}, ack_id,
      (gather.flags & flag_no_compress) == 0);
  const auto parts = static_cast<std::uint16_t>(std::popcount(loops));
  const auto run = [&outlet = cluster_.outlet_, packet, ack_id, parts](ClusterLoop& at, const Owned<Gather>& own) {
    const base::Milliseconds timeout(std::clamp(own->timeout_ms, std::uint32_t{1}, max_ack_timeout_ms));
    const plugin_api::Target target = own->target.view();
    gather_acks(at.loop, select(at.loop.find_shard(target.namespace_name), target), packet, ack_id, timeout,
                (own->flags & flag_volatile) != 0,
                [&outlet, from = own.from(), request = own->request, parts](GatheredPart&& part) {
                  send_gathered(outlet, from, request, parts, part);
                });
  };
  handover_.give(loops, message.body.size(), make_work(owned, run));
}

void Inbox::take_query(const ClusterMessage& message) {
  const auto owned = std::make_shared<const Owned<Query>>(message);
  const std::uint64_t loops = loops_or_first((*owned)->target.view());
  const auto parts = static_cast<std::uint16_t>(std::popcount(loops));
  const auto run = [&outlet = cluster_.outlet_, &name = cluster_.own_name_, parts](ClusterLoop& at, const Owned<Query>& own) {
    const plugin_api::Target target = own->target.view();
    const auto projection = own->projection <= static_cast<std::uint8_t>(plugin_api::Projection::full)
                                ? static_cast<plugin_api::Projection>(own->projection)
                                : plugin_api::Projection::full;
    const auto sockets = select(at.loop.find_shard(target.namespace_name), target);
    send_found(outlet, own.from(), own->request, parts, look_at(sockets, projection, name));
  };
  handover_.give(loops, message.body.size(), make_work(owned, run));
}

void Inbox::take_room_change(const ClusterMessage& message, Kind kind) {
  const auto owned = std::make_shared<const Owned<RoomChange>>(message);
  const auto run = [kind](ClusterLoop& at, const Owned<RoomChange>& own) {
    const plugin_api::Target target = own->target.view();
    NamespaceShard* shard = at.loop.find_shard(target.namespace_name);
    if (kind == Kind::join) {
      join_sockets(shard, target, own->rooms.view());
    } else {
      leave_rooms(shard, target, own->rooms.view());
    }
  };
  handover_.give(cluster_.loops_of((*owned)->target.view()), message.body.size(), make_work(owned, run));
}

void Inbox::take_disconnect(const ClusterMessage& message) {
  const auto owned = std::make_shared<const Owned<Disconnect>>(message);
  const auto run = [](ClusterLoop& at, const Owned<Disconnect>& own) {
    const plugin_api::Target target = own->target.view();
    disconnect_sockets(at.loop, at.loop.find_shard(target.namespace_name), target, own->close != 0);
  };
  handover_.give(cluster_.loops_of((*owned)->target.view()), message.body.size(), make_work(owned, run));
}

void Inbox::take_server_event(const ClusterMessage& message) {
  const auto owned = std::make_shared<const Owned<ServerEvent>>(message);
  const auto run = [&outlet = cluster_.outlet_](ClusterLoop& at, const Owned<ServerEvent>& own) {
    const Node* node = at.nodes.find(own.from());
    const std::string name = node != nullptr ? node->name : own.from();
    run_server_event(at.loop, outlet, own.from(), name, *own);
  };
  // On one loop, so that events of one sender keep their order.
  handover_.give_to(0, message.body.size(), make_work(owned, run));
}

void Inbox::take_answer(const ClusterMessage& message, Kind kind) {
  const auto owned = std::make_shared<const Owned<AnswerHead>>(message);
  const auto run = [kind](ClusterLoop& at, const Owned<AnswerHead>& own) {
    // What follows the head is for the request to read.
    Reader reader(own.body());
    Kind ignored{};
    AnswerHead head;
    read_kind(reader, ignored);
    reader(head);
    at.requests.on_answer(own.from(), kind, head, reader, own.body().size());
  };
  handover_.give_to(loop_of_request((*owned)->request), message.body.size(), make_work(owned, run));
}

void Inbox::take_hears_again(const ClusterMessage& message) {
  const auto run = [](ClusterLoop& at, const Owned<HearsAgain>& own) { at.conversations.check(own.from()); };
  const auto work = make_work(std::make_shared<const Owned<HearsAgain>>(message), run);
  for (std::size_t loop = 0; loop < handover_.loop_count(); ++loop) handover_.give_to(loop, message.body.size(), work);
}

template <class Message>
void Inbox::take_conversation(const ClusterMessage& message, void (ConversationHub::*hear)(std::string_view, const Message&)) {
  const auto owned = std::make_shared<const Owned<Message>>(message);
  const auto run = [hear](ClusterLoop& at, const Owned<Message>& own) { (at.conversations.*hear)(own.from(), *own); };
  // Only the beginning may name any loop: the others go to one that has spoken before.
  const std::size_t loop = (*owned)->head.loop;
  handover_.give_to(std::is_same_v<Message, ConversationOpen> ? loop_or_first(loop) : loop, message.body.size(),
                    make_work(owned, run));
}

}  // namespace signaling::socketio::cluster
