#include "request_kinds.hpp"

#include "attachments.hpp"

namespace signaling::socketio::cluster {
namespace {

/// An answer is cut into messages of about this size, so that a long one does not stand in the way of others.
constexpr std::size_t message_bytes = 256 * 1024;

std::size_t size_of(const FoundSocket& socket) {
  std::size_t size = socket.id.size() + socket.node.size() + socket.handshake.size() + socket.data.size() + 20;
  for (const std::string& room : socket.rooms) size += room.size() + 4;
  return size;
}

std::size_t size_of(const GatheredAnswer& answer) {
  std::size_t size = answer.args.size() + 32;
  for (const std::string& attachment : answer.attachments) size += attachment.size() + 4;
  return size;
}

/// Calls `send(first, count, is_last)` for each message; at least once.
template <class Item, class Send>
void cut(const std::vector<Item>& items, Send&& send) {
  std::size_t first = 0;
  do {
    std::size_t end = first;
    for (std::size_t size = 0; end < items.size() && size < message_bytes; ++end) size += size_of(items[end]);
    send(first, end - first, end == items.size());
    first = end;
  } while (first < items.size());
}

}  // namespace

void read_part(Reader& reader, QueryPart& part) {
  std::uint64_t total = 0;
  std::uint32_t count = 0;
  reader(total, count);
  part.count += total;
  for (; count > 0; --count) {
    WireSocket socket;
    reader(socket);
    FoundSocket& found = part.sockets.emplace_back();
    found.id = socket.id;
    found.node = socket.node;
    found.handshake = socket.handshake;
    found.data = socket.data;
    found.rooms.assign(socket.rooms.view().begin(), socket.rooms.view().end());
  }
}

void read_part(Reader& reader, GatheredPart& part) {
  std::uint32_t expected = 0;
  std::uint32_t count = 0;
  reader(expected, count);
  part.expected += expected;
  for (; count > 0; --count) {
    WireAnswer answer;
    reader(answer);
    const std::optional<base::Sid> id = base::Sid::parse(answer.socket_id);
    if (!id) throw MalformedMessage("an answer of no socket");
    part.answers.push_back({*id, std::string(answer.args), own_attachments(answer.attachments.view())});
  }
}

void ServerEventRequest::take(std::size_t node, Reader& reader) {
  std::uint8_t is_answered = 0;
  WirePayload payload;
  reader(is_answered, payload);
  if (is_answered == 0) return;
  answers_[node].args = payload.text;
  answers_[node].attachments = own_attachments(payload.attachments.view());
  answers_[node].is_given = true;
}

void ServerEventRequest::finish(std::size_t node, const std::string& name, bool is_missing) {
  if (is_missing) {
    missing_.push_back(name);
  } else {
    answers_[node].node = name;
  }
}

void ServerEventRequest::finish_all() {
  std::vector<std::vector<plugin_api::Bytes>> attachments(answers_.size());
  std::vector<plugin_api::ServerAnswersHandler::Answer> given;
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    if (!answers_[i].is_given) continue;
    attachments[i] = view_attachments(answers_[i].attachments);
    given.push_back({answers_[i].node, answers_[i].args, attachments[i]});
  }
  const std::vector<std::string_view> missing(missing_.begin(), missing_.end());
  const plugin_api::Status status = away_             ? plugin_api::Status::unavailable
                                    : missing.empty() ? plugin_api::Status::ok
                                                      : plugin_api::Status::timeout;
  loop_.call_handler(*handler_, [&] { handler_->on_answers(status, given, missing); });
}

void send_found(Outlet& outlet, std::string_view to_tag, std::uint64_t request, std::uint16_t parts, const QueryPart& part) {
  cut(part.sockets, [&](std::size_t first, std::size_t count, bool is_last) {
    Writer writer;
    Found message;
    message.head = {request, parts, std::uint8_t{is_last}};
    message.total = first == 0 ? part.count : 0;
    message.count = static_cast<std::uint32_t>(count);
    encode(writer, Kind::found, message);
    for (std::size_t i = first; i < first + count; ++i) {
      const FoundSocket& found = part.sockets[i];
      const std::vector<std::string_view> rooms(found.rooms.begin(), found.rooms.end());
      WireSocket socket;
      socket.id = found.id;
      socket.node = found.node;
      socket.handshake = found.handshake;
      socket.data = found.data;
      socket.rooms.assign(rooms);
      writer(socket);
    }
    outlet.to_node(to_tag, writer.bytes());
  });
}

void send_gathered(Outlet& outlet, std::string_view to_tag, std::uint64_t request, std::uint16_t parts,
                   const GatheredPart& part) {
  cut(part.answers, [&](std::size_t first, std::size_t count, bool is_last) {
    Writer writer;
    Gathered message;
    message.head = {request, parts, std::uint8_t{is_last}};
    message.expected = first == 0 ? part.expected : 0;
    message.count = static_cast<std::uint32_t>(count);
    encode(writer, Kind::gathered, message);
    for (std::size_t i = first; i < first + count; ++i) {
      const GatheredAnswer& gathered = part.answers[i];
      const std::vector<plugin_api::Bytes> attachments = view_attachments(gathered.attachments);
      WireAnswer answer;
      answer.socket_id = gathered.socket.view();
      answer.args = gathered.args;
      answer.attachments.assign(attachments);
      writer(answer);
    }
    outlet.to_node(to_tag, writer.bytes());
  });
}

}  // namespace signaling::socketio::cluster
