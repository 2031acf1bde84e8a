#include <stdexcept>
#include <utility>

#include <signaling/plugin_api/placeholders.hpp>
#include <signaling/protocol/json_text.hpp>
#include <signaling/test_kit/fake_cluster.hpp>
#include <signaling/test_kit/fake_socket.hpp>

namespace signaling::testing {

using plugin_api::AckToken;
using plugin_api::Bytes;
using plugin_api::EmitResult;
using plugin_api::Payload;
using plugin_api::Status;

namespace {
constexpr std::uint32_t max_json_depth = 64;  // the server's default
}

Received receive(const Payload& payload) {
  Received received;
  for (const std::string_view piece : payload.text) received.text += piece;
  for (const Bytes& bytes : payload.attachments) {
    received.attachments.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  const std::size_t begin = received.text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos || received.text[begin] != '[' || !protocol::is_json(received.text, max_json_depth)) {
    throw std::logic_error("not a JSON array: " + received.text);
  }
  plugin_api::json::PlaceholderRewriter rewriter;
  // In order and one for each attachment: this says "each named once" for payloads that come out of a rewriter.
  if (rewriter.rewrite(received.text, payload.attachments).data() != received.text.data() ||
      rewriter.attachments().size() != payload.attachments.size()) {
    throw std::logic_error("placeholders and attachments do not agree: " + received.text);
  }
  return received;
}

std::uint64_t FakeSocket::send(std::string_view name, std::string_view args, const std::vector<std::string>& attachments) {
  const std::uint64_t number = next_ack_++;
  dispatch(name, args, attachments, {number});
  return number;
}

void FakeSocket::send_without_ack(std::string_view name, std::string_view args, const std::vector<std::string>& attachments) {
  dispatch(name, args, attachments, {});
}

std::string FakeSocket::request(std::string_view name, std::string_view args, const std::vector<std::string>& attachments) {
  return ack_text(send(name, args, attachments));
}

void FakeSocket::dispatch(std::string_view name, std::string_view args, const std::vector<std::string>& attachments,
                          AckToken ack) {
  // Exact copies on the heap, freed after the call: a view that is kept too long is seen by the address sanitizer.
  const auto event_name = std::make_unique<std::string>(name);
  const auto event_args = std::make_unique<std::vector<char>>(args.begin(), args.end());
  const auto parts = std::make_unique<std::vector<std::string>>(attachments);
  std::vector<Bytes> bytes;
  for (const std::string& part : *parts) bytes.push_back(std::as_bytes(std::span(part.data(), part.size())));
  plugin_api::Event event;
  event.name = *event_name;
  event.args = {event_args->data(), event_args->size()};
  event.attachments = bytes;
  event.ack = ack;
  node_.application_->on_event(*this, event);
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

void FakeSocket::deliver(const Received& what) {
  if (!is_connected_) return;
  received.push_back(what);
  if (on_receive) on_receive(what);
}

EmitResult FakeSocket::emit(const Payload& event, plugin_api::EmitFlags) {
  if (!is_connected_) return EmitResult::closed;
  deliver(receive(event));
  return EmitResult::sent;
}

void FakeSocket::emit_with_ack(const Payload&, std::uint32_t, plugin_api::AckHandler&, plugin_api::EmitFlags) {
  throw std::logic_error("not faked");
}

EmitResult FakeSocket::reply(AckToken ack, const Payload& args) {
  if (!ack.wanted()) throw std::logic_error("answers an event that wants no answer");
  if (!is_connected_) return EmitResult::closed;
  Received what = receive(args);
  what.ack = ack.id;
  deliver(what);
  return EmitResult::sent;
}

Status FakeSocket::join(std::string_view room_name, plugin_api::Admission admission,
                        plugin_api::StatusHandler* when_reachable) {
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
  FakeNode::Room& room = node_.rooms_[name];
  if (node_.find_member(name, id_) == nullptr) {
    room.members.push_back({this, admission == plugin_api::Admission::held, 0, {}});
  }
  if (!room.is_reachable && !node_.cluster_.is_held_) room.is_reachable = true;
  if (room.is_reachable) {
    tell(when_reachable, Status::ok);
  } else if (when_reachable != nullptr) {
    if (room.waiting.empty()) node_.cluster_.subscribing_.emplace_back(node_.number_, name);
    room.waiting.push_back(when_reachable);
  }
  return Status::ok;
}

Status FakeSocket::admit(std::string_view room, std::uint64_t mark) {
  FakeNode::Member* member = node_.find_member(room, id_);
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
  node_.leave_room(*this, room);
  return Status::ok;
}

bool FakeSocket::is_in(std::string_view room) const { return node_.find_member(room, id_) != nullptr; }

void FakeSocket::visit_rooms(plugin_api::TextVisitor& visitor) const {
  for (const auto& [name, room] : node_.rooms_) {
    if (is_in(name) && !visitor.on_text(name)) return;
  }
}

void FakeSocket::disconnect(bool) { node_.remove(*this, "server namespace disconnect"); }

Status FakeSocket::set_data(std::string_view json) {
  data_ = json;
  return Status::ok;
}

Status FakeSocket::set_claims(std::string_view json) {
  claims_ = json;
  return Status::ok;
}

}  // namespace signaling::testing
