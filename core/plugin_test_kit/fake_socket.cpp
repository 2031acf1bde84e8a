#include <span>
#include <stdexcept>
#include <utility>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/fake_cluster.hpp>
#include <signaling/test_kit/fake_socket.hpp>

#include "copied_texts.hpp"
#include "event_text.hpp"

namespace signaling::testing {

using plugin_api::AckToken;
using plugin_api::Bytes;
using plugin_api::EmitResult;
using plugin_api::Payload;
using plugin_api::Status;

std::uint64_t FakeSocket::send(std::string_view name, std::string_view args, const std::vector<std::string>& attachments) {
  const std::uint64_t number = next_ack_++;
  take_up({std::string(name), std::string(args), attachments, {number}});
  return number;
}

void FakeSocket::send_without_ack(std::string_view name, std::string_view args, const std::vector<std::string>& attachments) {
  take_up({std::string(name), std::string(args), attachments, {}});
}

std::string FakeSocket::request(std::string_view name, std::string_view args, const std::vector<std::string>& attachments) {
  return ack_text(send(name, args, attachments));
}

std::string FakeSocket::ack_text(std::uint64_t number) const {
  std::string found;
  for (const Received& what : received) {
    if (what.ack != number) continue;
    if (!found.empty()) throw std::logic_error("acknowledged twice");
    found = what.text;
  }
  return found;
}

std::vector<std::string> FakeSocket::take_events() {
  std::vector<std::string> texts;
  for (; taken_ < received.size(); ++taken_) {
    if (!received[taken_].ack) texts.push_back(received[taken_].text);
  }
  return texts;
}

void FakeSocket::drop_connection(std::string_view reason) { node_.remove(*this, reason); }

EmitResult FakeSocket::deliver(const Received& what) {
  if (!is_connected_) return EmitResult::closed;
  FakeOutgoingEvents& hooks = node_.host().outgoing_events();
  if (!hooks.is_watched()) {
    arrive(what);
    return EmitResult::sent;
  }
  const OutgoingEvent outgoing = hooks.show(*this, what);
  if (outgoing.is_dropped()) return EmitResult::dropped;
  if (!is_connected_) return EmitResult::closed;  // ended by a hook
  arrive(*outgoing.sent);
  return EmitResult::sent;
}

void FakeSocket::arrive(const Received& what) {
  received.push_back(what);
  if (on_receive) on_receive(what);
}

EmitResult FakeSocket::emit(const Payload& event, plugin_api::EmitFlags) {
  note_use();
  if (!is_connected_) return EmitResult::closed;
  ++emissions;
  if (!keeps_received) return EmitResult::sent;
  return deliver(receive(event));
}

void FakeSocket::emit_with_ack(const Payload& event, std::uint32_t timeout_ms, plugin_api::AckHandler& handler,
                               plugin_api::EmitFlags) {
  note_use();
  ++emissions;
  deliver_with_ack(receive(event), timeout_ms, node_.host(), handler);
}

void FakeSocket::deliver_with_ack(Received what, std::uint32_t timeout_ms, FakeHost& clock, plugin_api::AckHandler& handler) {
  if (!is_connected_) {
    handler.on_failure(Status::closed);
    return handler.release();
  }
  const std::uint64_t number = next_wanted_ack_++;
  const std::uint64_t timer =
      clock.start_timer(timeout_ms, plugin_api::make_task([this, number] { fail_ack(number, Status::timeout); }));
  awaited_.emplace(number, Awaited{&handler, &clock, timer});
  what.wants_ack = number;
  deliver(what);
}

bool FakeSocket::answer(std::uint64_t number, std::string_view args, const std::vector<std::string>& attachments) {
  const auto found = awaited_.find(number);
  if (found == awaited_.end()) return false;
  const Awaited awaited = found->second;
  awaited_.erase(found);
  awaited.clock->cancel_timer(awaited.timer);
  std::vector<Bytes> bytes;
  for (const std::string& part : attachments) bytes.push_back(std::as_bytes(std::span(part.data(), part.size())));
  awaited.handler->on_ack(args, bytes);
  awaited.handler->release();
  return true;
}

void FakeSocket::fail_ack(std::uint64_t number, Status status) {
  const auto found = awaited_.find(number);
  if (found == awaited_.end()) return;
  const Awaited awaited = found->second;
  awaited_.erase(found);
  awaited.clock->cancel_timer(awaited.timer);
  awaited.handler->on_failure(status);
  awaited.handler->release();
}

FakeSocket::~FakeSocket() {
  for (const auto& [number, awaited] : awaited_) awaited.handler->release();
}

RecordedVerdict& FakeSocket::verdict() const {
  if (verdict_ == nullptr) throw std::logic_error("no middleware was asked about this socket");
  return *verdict_;
}

void FakeSocket::take_up(Sent sent) {
  if (is_waiting_) return waiting_.push_back(std::move(sent));
  node_.take_event(*this, std::move(sent));
}

void FakeSocket::with_event(const Sent& sent, const std::function<void(const plugin_api::Event&)>& use) {
  const CopiedEvent shown(sent.name, sent.args, join_event(sent.name, sent.args), sent.attachments, sent.ack);
  use(shown.get());
}

void FakeSocket::Sent::replace(const Received& instead) {
  EventText parts = split_event(instead.text);
  name = std::move(parts.name);
  args = std::move(parts.args);
  attachments = instead.attachments;
}

void FakeSocket::show(std::string_view name, std::string_view args, const std::vector<std::string>& attachments,
                      plugin_api::Middleware& middleware, RecordedVerdict& verdict) {
  const Sent sent{std::string(name), std::string(args), attachments, {}};
  with_event(sent, [&](const plugin_api::Event& event) { middleware.on_event(*this, event, verdict); });
  verdict.end_hook();
}

Status FakeSocket::keep(std::string& where, std::string_view json) const {
  note_use();
  if (json.size() > max_data_bytes) return Status::too_many;
  where = json;
  return Status::ok;
}

EmitResult FakeSocket::reply(AckToken ack, const Payload& args) {
  note_use();
  if (!ack.wanted()) throw std::logic_error("answers an event that wants no answer");
  if (!is_connected_) return EmitResult::closed;
  Received what = receive(args);
  what.ack = ack.id;
  arrive(what);
  return EmitResult::sent;
}

Status FakeSocket::join(std::string_view room_name, plugin_api::Admission admission,
                        plugin_api::StatusHandler* when_reachable) {
  note_use();
  const auto tell = [](plugin_api::StatusHandler* handler, Status status) {
    if (handler == nullptr) return;
    handler->on_status(status);
    handler->release();
  };
  if (room_name.size() > 256) {
    tell(when_reachable, Status::invalid);
    return Status::invalid;
  }
  const std::string name(room_name);
  const FakeNode::RoomKey key{namespace_, name};
  FakeNode::Room& room = node_.rooms_[key];
  if (node_.find_member(key, id_) == nullptr) {
    room.members.push_back({this, admission == plugin_api::Admission::held, 0, {}});
  }
  if (!room.is_reachable && !node_.cluster_.is_held_) room.is_reachable = true;
  if (room.is_reachable) {
    tell(when_reachable, Status::ok);
  } else if (when_reachable != nullptr) {
    if (room.waiting.empty()) node_.cluster_.subscribing_.emplace_back(node_.number_, key);
    room.waiting.push_back(when_reachable);
  }
  return Status::ok;
}

Status FakeSocket::admit(std::string_view room, std::uint64_t mark) {
  FakeNode::Member* member = node_.find_member({namespace_, std::string(room)}, id_);
  if (member == nullptr) return Status::not_member;
  member->is_held = false;
  member->mark = mark;
  const auto kept = std::exchange(member->kept, {});
  for (const auto& each : kept) {
    if (each.before_mark == 0 || mark < each.before_mark) deliver(each.what);
  }
  return Status::ok;
}

Status FakeSocket::leave(std::string_view room) {
  if (!is_in(room)) return Status::not_member;
  node_.leave_room(*this, {namespace_, std::string(room)});
  return Status::ok;
}

bool FakeSocket::is_in(std::string_view room) const {
  return node_.find_member({namespace_, std::string(room)}, id_) != nullptr;
}

void FakeSocket::visit_rooms(plugin_api::TextVisitor& visitor) const {
  for (const auto& [key, room] : node_.rooms_) {
    if (key.first == namespace_ && is_in(key.second) && !visitor.on_text(key.second)) return;
  }
}

void FakeSocket::disconnect(bool close) {
  if (is_gone_) return;
  disconnected_by_server = close;
  node_.remove(*this, "server namespace disconnect");
}

}  // namespace signaling::testing
