#include "socket.hpp"

#include <algorithm>

#include <signaling/engine/session.hpp>
#include <signaling/protocol/json_text.hpp>

#include "client.hpp"
#include "event_gate.hpp"
#include "loop_server.hpp"
#include "namespace_shard.hpp"

namespace signaling::socketio {

using plugin_api::Admission;
using plugin_api::EmitFlags;
using plugin_api::EmitResult;
using plugin_api::Payload;
using plugin_api::Status;

namespace {

/// Names come from clients and go into logs of plugins, into the adapter's channels and to other clients.
bool is_room_name(std::string_view name, std::size_t max_bytes) noexcept {
  if (name.empty() || name.size() > max_bytes) return false;
  return std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

struct Socket::HeldRoom {
  struct Item {
    EncodedPacket packet;
    std::uint64_t before_mark;
  };
  const Room* room;
  std::vector<Item> items;
  std::size_t bytes = 0;
};

struct Socket::Attached {
  std::string data;
  std::string claims;
};

Socket::Socket(Client& client, NamespaceShard& shard, base::Sid sid, std::string_view auth)
    : client_(client), shard_(shard), sid_(sid) {
  shard_.add_reference();
  if (!auth.empty() && auth != "{}") auth_ = std::make_unique<std::string>(auth);
}

Socket::~Socket() { shard_.drop_reference(); }

std::string_view Socket::namespace_name() const { return shard_.name(); }
std::uint32_t Socket::loop() const { return client_.loop_server().index(); }
std::string_view Socket::transport() const { return engine::to_string(client_.session().transport()); }

bool Socket::is_on_loop(std::string_view function) const {
  LoopServer& loop = client_.loop_server();
  if (loop.event_loop().is_current()) [[likely]]
    return true;
  loop.hooks().on_fault(unknown_plugin, Fault::wrong_thread, wrong_thread_text(function));
  return false;
}

EmitResult Socket::send(const EncodedPacket& packet, bool is_volatile) {
  if (packet.empty()) return EmitResult::dropped;  // refused by the encoder, which has told why
  Counters& counters = client_.loop_server().counters();
  switch (client_.session().send(packet.messages(), is_volatile)) {
    case engine::SendResult::sent: counters.packets_out.add(); return EmitResult::sent;
    case engine::SendResult::dropped: counters.drop(Drop::volatile_not_writable); return EmitResult::dropped;
    case engine::SendResult::overflow: counters.drop(Drop::send_queue_full); return EmitResult::dropped;
    case engine::SendResult::closed: break;
  }
  return EmitResult::closed;
}

EmitResult Socket::send_event(const EncodedPacket& packet, bool is_volatile) {
  LoopServer& loop = client_.loop_server();
  if (loop.outgoing().empty()) return send(packet, is_volatile);
  return send_through_hooks(*this, ShownPacket(packet, loop.encoder().parser()), is_volatile);
}

EmitResult Socket::emit(const Payload& event, EmitFlags flags) {
  if (!is_on_loop("Socket::emit")) return EmitResult::closed;
  if (state_ != State::connected) return EmitResult::closed;
  return send_event(client_.loop_server().encoder().event(shard_.name(), event, protocol::no_ack, flags.compress),
                    flags.is_volatile);
}

void Socket::emit_with_ack(const Payload& event, std::uint32_t timeout_ms, plugin_api::AckHandler& handler, EmitFlags flags) {
  HandlerRef<plugin_api::AckHandler> owned(&handler);
  LoopServer& loop = client_.loop_server();
  Status status = Status::ok;
  if (state_ != State::connected) status = Status::closed;
  if (timeout_ms == 0 || timeout_ms > max_ack_timeout_ms || !is_on_loop("Socket::emit_with_ack")) status = Status::invalid;
  if (status != Status::ok) return loop.call_handler(*owned, [&] { owned->on_failure(status); });
  const std::uint64_t id = loop.next_ack_id();
  const EncodedPacket packet = loop.encoder().event(shard_.name(), event, id, flags.compress);
  if (packet.empty()) return loop.call_handler(*owned, [&] { owned->on_failure(Status::invalid); });
  const base::TimePoint deadline = loop.event_loop().now() + base::Milliseconds(timeout_ms);
  if (!expect_ack(id, std::move(owned), &deadline)) return;
  send_event(packet, flags.is_volatile);
}

bool Socket::expect_ack(std::uint64_t id, HandlerRef<plugin_api::AckHandler> handler, const base::TimePoint* deadline) {
  LoopServer& loop = client_.loop_server();
  if (!acks_) acks_ = std::make_unique<AckTable>(loop);
  if (acks_->size() >= loop.options().max_pending_acks) {
    loop.counters().drop(Drop::too_many_acks);
    loop.call_handler(*handler, [&] { handler->on_failure(Status::too_many); });
    return false;
  }
  acks_->expect(id, std::move(handler), deadline);
  return true;
}

bool Socket::resolve_ack(std::uint64_t id, std::string_view args, std::span<const plugin_api::Bytes> attachments) {
  return acks_ && acks_->resolve(id, args, attachments);
}

void Socket::forget_ack(std::uint64_t id) {
  if (acks_) acks_->drop(id);
}

void Socket::fail_acks() {
  if (acks_) acks_->fail_all(Status::closed);
}

EmitResult Socket::reply(plugin_api::AckToken ack, const Payload& args) {
  if (!is_on_loop("Socket::reply")) return EmitResult::closed;
  if (state_ != State::connected || !ack.wanted()) return EmitResult::closed;
  return send(client_.loop_server().encoder().ack(shard_.name(), args, ack.id), false);
}

Status Socket::join(std::string_view room, Admission admission, plugin_api::StatusHandler* when_reachable) {
  HandlerRef<plugin_api::StatusHandler> handler(when_reachable);
  const Options& options = client_.loop_server().options();
  Status status = Status::ok;
  if (!is_on_loop("Socket::join")) {
    status = Status::invalid;
  } else if (state_ == State::leaving || state_ == State::gone) {
    status = Status::closed;
  } else if (!is_room_name(room, options.max_room_name_bytes)) {
    client_.loop_server().counters().drop(Drop::invalid_room);
    status = Status::invalid;
  } else if (!is_in(room) && memberships_.size() >= options.max_rooms_per_socket) {
    client_.loop_server().counters().drop(Drop::too_many_rooms);
    status = Status::too_many;
  }
  if (status != Status::ok) {
    client_.loop_server().tell(std::move(handler), status);
    return status;
  }
  shard_.join(*this, room, admission == Admission::held ? held_mark : 0, std::move(handler));
  return Status::ok;
}

Status Socket::admit(std::string_view room_name, std::uint64_t mark) {
  if (!is_on_loop("Socket::admit") || mark == held_mark) return Status::invalid;
  Room* room = shard_.rooms().find(room_name);
  const MembershipList::Membership* membership = room != nullptr ? memberships_.find(room) : nullptr;
  if (membership == nullptr) return Status::not_member;
  room->members[membership->index].mark = mark;
  if (!held_) return Status::ok;
  const auto held = std::find_if(held_->begin(), held_->end(), [&](const HeldRoom& h) { return h.room == room; });
  if (held == held_->end()) return Status::ok;
  // Out of the list first: a hook may join, leave or admit meanwhile.
  const std::vector<HeldRoom::Item> items = std::move(held->items);
  forget_held(*room);
  for (const HeldRoom::Item& item : items) {
    if (item.before_mark == 0 || mark < item.before_mark) send_event(item.packet, false);
  }
  return Status::ok;
}

void Socket::hold(const Room& room, const EncodedPacket& packet, std::uint64_t before_mark) {
  LoopServer& loop = client_.loop_server();
  if (!held_) held_ = std::make_unique<std::vector<HeldRoom>>();
  auto held = std::find_if(held_->begin(), held_->end(), [&](const HeldRoom& h) { return h.room == &room; });
  if (held == held_->end()) held = held_->insert(held_->end(), HeldRoom{&room, {}, 0});
  std::size_t bytes = 0;
  for (const protocol::MessagePtr& message : packet.messages()) bytes += message->payload().size();
  if (held->items.size() >= loop.options().max_held_messages || held->bytes + bytes > loop.options().max_held_bytes) {
    loop.counters().drop(Drop::held_full);
    return;
  }
  held->bytes += bytes;
  held->items.push_back({packet, before_mark});
}

void Socket::forget_held(const Room& room) {
  if (!held_) return;
  std::erase_if(*held_, [&](const HeldRoom& held) { return held.room == &room; });
  if (held_->empty()) held_.reset();
}

Status Socket::leave(std::string_view room_name) {
  if (!is_on_loop("Socket::leave")) return Status::invalid;
  Room* room = shard_.rooms().find(room_name);
  if (room == nullptr || memberships_.find(room) == nullptr) return Status::not_member;
  shard_.leave(*this, *room);
  return Status::ok;
}

bool Socket::is_in(std::string_view room_name) const {
  if (!is_on_loop("Socket::is_in")) return false;
  const Room* room = shard_.rooms().find(room_name);
  return room != nullptr && const_cast<MembershipList&>(memberships_).find(room) != nullptr;
}

void Socket::visit_rooms(plugin_api::TextVisitor& visitor) const {
  if (!is_on_loop("Socket::visit_rooms")) return;
  for (const MembershipList::Membership& membership : memberships_.items()) {
    if (!visitor.on_text(membership.room->name)) return;
  }
}

void Socket::disconnect(bool close) {
  if (is_on_loop("Socket::disconnect")) client_.request_disconnect(*this, close);
}

void Socket::set_user(void* pointer) {
  if (is_on_loop("Socket::set_user")) user_ = pointer;
}

std::string_view Socket::data() const {
  return attached_ && !attached_->data.empty() ? attached_->data : std::string_view("{}");
}
std::string_view Socket::claims() const { return attached_ ? std::string_view(attached_->claims) : std::string_view{}; }
Status Socket::set_data(std::string_view json) { return attach(&Attached::data, json); }
Status Socket::set_claims(std::string_view json) { return attach(&Attached::claims, json); }

Status Socket::attach(std::string Attached::*member, std::string_view json) {
  if (!is_on_loop("Socket::set_data")) return Status::invalid;
  const Options& options = client_.loop_server().options();
  if (json.size() > options.max_socket_data_bytes) return Status::too_many;
  if (!protocol::is_json(json, options.max_json_depth)) return Status::invalid;
  if (!attached_) attached_ = std::make_unique<Attached>();
  (*attached_).*member = json;
  return Status::ok;
}

std::string_view Socket::address() const { return client_.info().address(); }
std::string_view Socket::url() const { return client_.info().target(); }
std::string_view Socket::query(std::string_view name) const { return client_.info().query(name); }
std::string_view Socket::header(std::string_view name) const { return client_.info().header(name); }
bool Socket::secure() const { return client_.info().secure(); }
bool Socket::cross_origin() const { return !client_.info().header("origin").empty(); }
std::int64_t Socket::issued_ms() const { return client_.info().issued_ms(); }
std::string_view Socket::auth() const { return auth_ ? std::string_view(*auth_) : std::string_view("{}"); }

void Socket::append_handshake_json(std::string& out) const {
  client_.info().append_json(out);
  out += R"(,"auth":)";
  out += auth();
  out += '}';
}

}  // namespace signaling::socketio
