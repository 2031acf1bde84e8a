#include "cluster.hpp"

#include <algorithm>

#include "inbox.hpp"
#include "request_kinds.hpp"
#include "target_work.hpp"

namespace signaling::socketio::cluster {

using plugin_api::EmitFlags;
using plugin_api::Payload;
using plugin_api::Status;
using plugin_api::Target;

namespace {

/// The other nodes give up waiting for their sockets at the deadline; their report needs a moment to get here.
constexpr base::Milliseconds report_time{200};

/// Good until the next one of this thread. A buffer of its own: an adapter in this process may look its receivers up meanwhile.
std::string_view topic_of(std::string_view namespace_name, std::string_view room) {
  thread_local std::string buffer;
  return room_topic(namespace_name, room, buffer);
}

}  // namespace

Cluster::Cluster(plugin_api::Adapter& adapter, std::string own_tag, std::string own_name, Shared& shared,
                 const std::vector<std::unique_ptr<LoopServer>>& loops, std::size_t max_queue_bytes)
    : outlet_(adapter, std::move(own_tag)), own_name_(std::move(own_name)), shared_(shared), max_queue_bytes_(max_queue_bytes) {
  for (const std::unique_ptr<LoopServer>& loop : loops) loops_.push_back(std::make_unique<ClusterLoop>(*loop, outlet_));
}

Cluster::~Cluster() = default;

void Cluster::route(LoopServer& here, const Target& target, plugin_api::Bytes message) {
  const NodeList& nodes = at(here).nodes;
  if (target.rooms.size() == 1) {
    const std::string_view room = target.rooms.front();
    // A name that looks like an id of a node is taken for one. An id of nobody may still be a room's name.
    if (base::Sid::parse(room)) {
      const std::string_view tag = room.substr(0, base::node_tag_length);
      if (tag == outlet_.own_tag()) return;
      if (nodes.find(tag) != nullptr) {
        outlet_.to_node(tag, message);
        return;
      }
    }
    outlet_.to_topic(topic_of(target.namespace_name, room), message);
    return;
  }
  // Several rooms: one message, so that a socket that is in two of them gets it once.
  outlet_.to_topic(topic_of(target.namespace_name, {}), message);
}

void Cluster::emit(LoopServer& here, const Target& target, const Payload& event, EmitFlags flags) {
  if (at(here).nodes.empty()) return;
  Writer writer;
  Emit message;
  message.flags = flags_of(flags);
  message.target.assign(target);
  message.payload.assign(event);
  route(here, target, encode(writer, Kind::emit, message));
}

void Cluster::emit_to_member(LoopServer& here, const base::Sid& id, std::string_view namespace_name, std::string_view room,
                             const Payload& event, HandlerRef<plugin_api::StatusHandler> handler) {
  ClusterLoop& loop = at(here);
  const Node* node = loop.nodes.find(id.node_tag());
  if (node == nullptr || !node->speaks) {
    return here.tell(std::move(handler), outlet_.is_available() ? Status::not_found : Status::unavailable);
  }
  Member message;
  message.socket_id = id.view();
  message.namespace_name = namespace_name;
  message.room = room;
  message.payload.assign(event);
  if (handler) {
    if (!loop.may_ask()) {
      outlet_.counters().drop(ClusterDrop::too_many_requests);
      return here.tell(std::move(handler), Status::too_many);
    }
    message.request = loop.members.add(id, namespace_name, room, std::move(handler));
  }
  Writer writer;
  encode(writer, Kind::member, message);
  // On the room's channel, though one node alone is meant: this is what keeps `signal` and `message` in order. The room's other
  // nodes look at the first field and skip the rest, which costs less than numbers in every broadcast and a queue behind them.
  const bool sent = room.empty() ? outlet_.to_node(id.node_tag(), writer.bytes())
                                 : outlet_.to_topic(topic_of(namespace_name, room), writer.bytes());
  if (!sent && message.request != 0) here.tell(loop.members.take(message.request), Status::unavailable);
}

void Cluster::change_rooms(LoopServer& here, Kind kind, const Target& target, std::span<const std::string_view> rooms) {
  if (at(here).nodes.empty()) return;
  Writer writer;
  RoomChange message;
  message.target.assign(target);
  message.rooms.assign(rooms);
  route(here, target, encode(writer, kind, message));
}

void Cluster::disconnect(LoopServer& here, const Target& target, bool close) {
  if (at(here).nodes.empty()) return;
  Writer writer;
  Disconnect message;
  message.close = close ? 1 : 0;
  message.target.assign(target);
  route(here, target, encode(writer, Kind::disconnect, message));
}

Asked Cluster::whom(LoopServer& here, const Target& target) {
  const ClusterLoop& loop = at(here);
  Asked asked;
  asked.is_away = !outlet_.is_available();
  asked.is_too_many = !loop.nodes.empty() && !loop.may_ask();
  if (asked.is_too_many) outlet_.counters().drop(ClusterDrop::too_many_requests);
  // Ids alone: the nodes of these sockets. Who has members of a room, nobody knows but the nodes themselves.
  asked.is_everybody = target.rooms.empty();
  for (const std::string_view room : target.rooms) {
    const bool is_id = base::Sid::parse(room).has_value();
    const std::string_view tag = is_id ? room.substr(0, base::node_tag_length) : std::string_view();
    if (is_id && tag == outlet_.own_tag()) continue;
    const Node* node = is_id ? loop.nodes.find(tag) : nullptr;
    if (node == nullptr) {
      asked.is_everybody = true;
      break;
    }
    const bool is_known = std::any_of(asked.nodes.begin(), asked.nodes.end(), [&](const Node& n) { return n.tag == tag; });
    if (!is_known) asked.nodes.push_back(*node);
  }
  if (asked.is_everybody) asked.nodes = loop.nodes.all();
  return asked;
}

bool Cluster::send(const Asked& asked, plugin_api::Bytes message) {
  if (asked.is_everybody && asked.nodes.size() > 1) return outlet_.to_all(message);
  bool sent = true;
  for (const Node& node : asked.nodes) sent = outlet_.to_node(node.tag, message) && sent;
  return sent;
}

void Cluster::query(LoopServer& here, const Asked& asked, const Target& target, plugin_api::Projection projection,
                    base::Milliseconds timeout, std::shared_ptr<SocketQuery> query) {
  if (asked.nodes.empty()) return;
  NodeRequests& requests = at(here).requests;
  Query message;
  message.request = requests.next_id();
  message.projection = static_cast<std::uint8_t>(projection);
  message.target.assign(target);
  requests.start(message.request, std::make_unique<QueryRequest>(std::move(query), asked.nodes.size()), asked.nodes, timeout,
                 [&] {
                   Writer writer;
                   return send(asked, encode(writer, Kind::query, message));
                 });
}

void Cluster::gather(LoopServer& here, const Asked& asked, const Target& target, const Payload& event,
                     base::Milliseconds timeout, EmitFlags flags, std::shared_ptr<AckGathering> gathering) {
  if (asked.nodes.empty()) return;
  NodeRequests& requests = at(here).requests;
  Gather message;
  message.request = requests.next_id();
  message.timeout_ms = static_cast<std::uint32_t>(timeout.count());
  message.flags = flags_of(flags);
  message.target.assign(target);
  message.payload.assign(event);
  requests.start(message.request, std::make_unique<GatherRequest>(std::move(gathering), asked.nodes.size()), asked.nodes,
                 timeout + report_time, [&] {
                   Writer writer;
                   return send(asked, encode(writer, Kind::gather, message));
                 });
}

void Cluster::emit_to_servers(LoopServer& here, std::string_view namespace_name, const Payload& event,
                              base::Milliseconds timeout, HandlerRef<plugin_api::ServerAnswersHandler> handler) {
  Asked asked = whom(here, {});
  if (handler && asked.is_too_many) return here.call_handler(*handler, [&] { handler->on_answers(Status::too_many, {}, {}); });
  if (asked.nodes.empty()) {
    if (handler) {
      const Status status = asked.is_away ? Status::unavailable : Status::ok;
      here.call_handler(*handler, [&] { handler->on_answers(status, {}, {}); });
    }
    return;
  }
  NodeRequests& requests = at(here).requests;
  ServerEvent message;
  message.namespace_name = namespace_name;
  message.payload.assign(event);
  const auto publish = [&] {
    Writer writer;
    // Always to all: two ways would let one event overtake another.
    return outlet_.to_all(encode(writer, Kind::server_event, message));
  };
  if (!handler) {
    publish();
    return;
  }
  message.request = requests.next_id();
  auto request = std::make_unique<ServerEventRequest>(here, std::move(handler), asked.nodes.size(), asked.is_away);
  requests.start(message.request, std::move(request), asked.nodes, timeout, publish);
}

std::uint64_t Cluster::loops_of(const Target& target) const {
  if (target.rooms.empty()) return shared_.registry->loops(target.namespace_name, {});
  std::uint64_t loops = 0;
  for (const std::string_view room : target.rooms) {
    loops |= shared_.registry->loops(target.namespace_name, room);
    loops |= loop_of_own_id(room, outlet_.own_tag(), loops_.size());
  }
  return loops;
}

std::unique_ptr<Conversation> Cluster::begin(std::string_view node_tag, std::uint8_t target_loop, plugin_api::Bytes first,
                                             base::Milliseconds idle_timeout, ConversationHandler& handler, Status& status) {
  for (const std::unique_ptr<ClusterLoop>& loop : loops_) {
    if (loop->loop.event_loop().is_current()) {
      return loop->conversations.begin(node_tag, target_loop, first, idle_timeout, handler, status);
    }
  }
  throw std::logic_error("called on a thread that is no event loop");
}

void Cluster::accept_with(std::uint32_t loop, ConversationAcceptor& acceptor) {
  loops_.at(loop)->conversations.set_acceptor(acceptor);
}

void Cluster::on_messages(std::span<const plugin_api::ClusterMessage> messages) { Inbox(*this).take(messages); }

void Cluster::on_node_joined(const plugin_api::NodeInfo& info) {
  if (info.tag == outlet_.own_tag()) return;
  const auto node = std::make_shared<const Node>(Node{std::string(info.tag), std::string(info.name), std::string(info.version),
                                                      std::string(info.capabilities), has_word(info.capabilities, capability)});
  for (const std::unique_ptr<ClusterLoop>& loop : loops_) {
    loop->loop.event_loop().post([this, &known = *loop, node] {
      known.nodes.put(*node);
      if (&known == loops_.front().get()) outlet_.counters().nodes.store(known.nodes.all().size(), std::memory_order_relaxed);
    });
  }
}

void Cluster::on_node_gone(const plugin_api::NodeInfo& info) {
  const auto tag = std::make_shared<const std::string>(info.tag);
  for (const std::unique_ptr<ClusterLoop>& loop : loops_) {
    loop->loop.event_loop().post([this, &known = *loop, tag] {
      known.nodes.remove(*tag);
      if (&known == loops_.front().get()) outlet_.counters().nodes.store(known.nodes.all().size(), std::memory_order_relaxed);
      known.members.lose(*tag);
      known.requests.lose(*tag);
      known.conversations.lose(*tag);
    });
  }
}

void Cluster::on_health_changed(bool is_available) {
  const bool was_available = outlet_.set_available(is_available);
  if (is_available) {
    // Of conversations that others have with this node it may have missed the beginning or the end, and all that stood were
    // given up when the adapter went: whoever waits in one would wait for its idle timeout.
    Writer writer;
    if (!was_available) outlet_.to_all(encode(writer, Kind::hears_again, HearsAgain{}));
    return;
  }
  for (const std::unique_ptr<ClusterLoop>& loop : loops_) {
    loop->loop.event_loop().post([&known = *loop] { known.conversations.fail_all(Status::unavailable); });
  }
}

}  // namespace signaling::socketio::cluster
