#include "conversation_hub.hpp"

#include <algorithm>
#include <vector>

namespace signaling::socketio::cluster {

using plugin_api::Bytes;
using plugin_api::Status;

namespace {

// A bound for what a peer may ask for; the lower one keeps a zero from ending a conversation before it begins.
constexpr base::Milliseconds min_idle{1};
constexpr base::Milliseconds max_idle{24 * 3'600'000};

std::string_view text_of(Bytes bytes) noexcept { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

/// What the hub and the owner of a side have in common. The hub lists it until it ends; the owner's `Side` keeps it alive.
class ConversationHub::Link final : public base::Timer {
 public:
  Link(ConversationHub& its_hub, Key its_key, std::uint8_t loop, base::Milliseconds idle_time)
      : hub(&its_hub),
        key(std::move(its_key)),
        peer_loop(loop),
        idle(std::clamp(idle_time, min_idle, max_idle)),
        last_heard(its_hub.loop_.event_loop().now()) {}

  ConversationHub* hub;  ///< nullptr once it has gone
  Key key;
  std::uint8_t peer_loop;
  base::Milliseconds idle;
  base::TimePoint last_heard;
  std::uint64_t next_out = 1;  ///< the beginning was 0 of the opener; the other direction starts with 1 as well
  std::uint64_t next_in = 1;
  ConversationHandler* handler = nullptr;
  std::unique_ptr<ConversationHandler> owned_handler;  ///< where the other side began it
  bool is_listed = false;
  bool is_held = true;      ///< its owner still has the Side
  bool is_offered = false;  ///< the acceptor has not decided

 private:
  void on_timer(base::TimePoint now) override {
    if (now < last_heard + idle) {
      hub->loop_.event_loop().timers().arm(*this, last_heard + idle);
      return;
    }
    const std::shared_ptr<Link> self = hub->links_.at(key);
    hub->send_close(*this, Status::timeout);
    hub->finish(self, Status::timeout);
  }
};

class ConversationHub::Side final : public Conversation {
 public:
  explicit Side(std::shared_ptr<Link> link) : link_(std::move(link)) {}
  ~Side() override {
    link_->is_held = false;
    if (link_->hub == nullptr || !link_->is_listed) return;
    ConversationHub& hub = *link_->hub;
    if (!link_->is_offered) hub.send_close(*link_, Status::ok);
    hub.take_off(*link_);
    // This may be running inside the handler.
    if (link_->owned_handler) {
      hub.loop_.event_loop().defer([handler = std::shared_ptr<ConversationHandler>(std::move(link_->owned_handler))] {});
    }
  }
  bool send(Bytes body) override { return link_->hub != nullptr && link_->is_listed && link_->hub->send(*link_, body); }
  std::string_view peer_tag() const override { return link_->key.tag; }

 private:
  std::shared_ptr<Link> link_;
};

ConversationHub::~ConversationHub() {
  ClusterCounters::subtract(outlet_.counters().conversations, links_.size());
  const auto ended = std::exchange(links_, {});
  for (const auto& [key, link] : ended) {
    link->hub = nullptr;
    link->is_listed = false;
    loop_.event_loop().timers().disarm(*link);
  }
  for (const auto& [key, link] : ended) link->owned_handler.reset();
}

void ConversationHub::insert(const std::shared_ptr<Link>& link) {
  links_.insert_or_assign(link->key, link);
  link->is_listed = true;
  loop_.event_loop().timers().arm(*link, link->last_heard + link->idle);
  ClusterCounters::add(outlet_.counters().conversations);
}

void ConversationHub::take_off(Link& link) {
  link.is_listed = false;
  loop_.event_loop().timers().disarm(link);
  ClusterCounters::subtract(outlet_.counters().conversations);
  links_.erase(link.key);
}

std::unique_ptr<Conversation> ConversationHub::begin(std::string_view node_tag, std::uint8_t target_loop, Bytes first,
                                                     base::Milliseconds idle_timeout, ConversationHandler& handler,
                                                     Status& status) {
  const Node* node = nodes_.find(node_tag);
  status = Status::ok;
  if (node == nullptr || !node->speaks) {
    status = outlet_.is_available() ? Status::not_found : Status::unavailable;
  } else if (links_.size() >= loop_.options().max_conversations) {
    outlet_.counters().drop(ClusterDrop::too_many_conversations);
    status = Status::too_many;
  }
  if (status != Status::ok) return nullptr;

  // The number of the loop is part of the id, since the loops of a node count for themselves.
  const std::uint64_t id = (std::uint64_t{loop_.index()} << 56) | ++last_id_;
  const auto link = std::make_shared<Link>(*this, Key{std::string(node_tag), id, true}, target_loop, idle_timeout);
  Writer writer;
  ConversationOpen message;
  message.head = {target_loop, 1, id, 0};
  message.reply_loop = static_cast<std::uint8_t>(loop_.index());
  message.idle_ms = static_cast<std::uint32_t>(link->idle.count());
  message.body = text_of(first);
  if (!outlet_.to_node(node_tag, encode(writer, Kind::conversation_open, message))) {
    status = Status::unavailable;
    return nullptr;
  }
  link->handler = &handler;
  insert(link);
  return std::make_unique<Side>(link);
}

bool ConversationHub::send(Link& link, Bytes body) {
  Writer writer;
  ConversationData message;
  message.head = {link.peer_loop, std::uint8_t{link.key.opened_here}, link.key.id, link.next_out};
  message.reply_loop = static_cast<std::uint8_t>(loop_.index());
  message.body = text_of(body);
  if (outlet_.to_node(link.key.tag, encode(writer, Kind::conversation_data, message))) {
    ++link.next_out;
    return true;
  }
  // The other side is told by the number of the next message, or by the end of its idle time.
  const std::shared_ptr<Link> self = links_.at(link.key);
  send_close(link, Status::unavailable);
  take_off(link);
  // On a later turn: the owner is in the middle of its work. The task keeps the handler, not the link, which the handler keeps.
  loop_.event_loop().post([this, self, handler = std::move(link.owned_handler)] {
    if (self->is_held && self->handler != nullptr) {
      loop_.call_own_handler([&] { self->handler->on_closed(Status::unavailable); });
    }
  });
  return false;
}

void ConversationHub::send_close(std::string_view tag, const ConversationHead& head, Status status) {
  Writer writer;
  outlet_.to_node(tag, encode(writer, Kind::conversation_close, ConversationClose{head, static_cast<std::uint8_t>(status)}));
}

void ConversationHub::send_close(const Link& link, Status status) {
  send_close(link.key.tag, {link.peer_loop, std::uint8_t{link.key.opened_here}, link.key.id, link.next_out}, status);
}

void ConversationHub::finish(std::shared_ptr<Link> link, Status status) {
  if (link->is_listed) take_off(*link);
  if (link->is_held) loop_.call_own_handler([&] { link->handler->on_closed(status); });
  if (link->owned_handler) {
    loop_.event_loop().defer([handler = std::shared_ptr<ConversationHandler>(std::move(link->owned_handler))] {});
  }
}

void ConversationHub::on_open(std::string_view from_tag, const ConversationOpen& message) {
  Key key{std::string(from_tag), message.head.id, false};
  if (links_.contains(key)) return;  // told twice
  const ConversationHead back{message.reply_loop, 0, message.head.id, 1};
  if (acceptor_ == nullptr || message.head.loop != loop_.index()) return send_close(from_tag, back, Status::not_found);
  if (links_.size() >= loop_.options().max_conversations) {
    outlet_.counters().drop(ClusterDrop::too_many_conversations);
    return send_close(from_tag, back, Status::too_many);
  }
  const auto link = std::make_shared<Link>(*this, std::move(key), message.reply_loop, base::Milliseconds(message.idle_ms));
  insert(link);
  link->is_offered = true;
  std::unique_ptr<ConversationHandler> handler;
  loop_.call_own_handler(
      [&] { handler = acceptor_->on_conversation(std::make_unique<Side>(link), std::as_bytes(std::span(message.body))); });
  link->is_offered = false;
  if (handler && link->is_listed && link->is_held) {
    link->handler = handler.get();
    link->owned_handler = std::move(handler);
    return;
  }
  // Refused, let go of at once, or ended by a `send` that failed inside the acceptor, which is told by that alone.
  link->handler = nullptr;
  if (link->is_listed) take_off(*link);
  send_close(*link, handler ? Status::ok : Status::closed);
}

void ConversationHub::check(std::string_view tag) {
  for (const auto& [key, link] : links_) {
    if (key.tag != tag) continue;
    Writer writer;
    ConversationCheck message;
    message.head = {link->peer_loop, std::uint8_t{key.opened_here}, key.id, link->next_out};
    message.reply_loop = static_cast<std::uint8_t>(loop_.index());
    outlet_.to_node(tag, encode(writer, Kind::conversation_check, message));
  }
}

void ConversationHub::on_check(std::string_view from_tag, const ConversationCheck& message) {
  const auto found = links_.find(Key{std::string(from_tag), message.head.id, message.head.from_opener == 0});
  if (found == links_.end()) return refuse_unknown(from_tag, message);
  const std::shared_ptr<Link> link = found->second;
  link->last_heard = loop_.event_loop().now();
  if (message.head.sequence > link->next_in) end_by_gap(link);
}

void ConversationHub::end_by_gap(const std::shared_ptr<Link>& link) {
  outlet_.counters().drop(ClusterDrop::conversation_gap);
  send_close(*link, Status::unavailable);
  finish(link, Status::unavailable);
}

// It has ended here, and the other side has not heard of it, or its beginning was lost.
template <class Message>
void ConversationHub::refuse_unknown(std::string_view from_tag, const Message& message) {
  const ConversationHead back{message.reply_loop, std::uint8_t{message.head.from_opener == 0}, message.head.id, 0};
  send_close(from_tag, back, Status::unavailable);
}

void ConversationHub::on_data(std::string_view from_tag, const ConversationData& message) {
  const auto found = links_.find(Key{std::string(from_tag), message.head.id, message.head.from_opener == 0});
  if (found == links_.end()) return refuse_unknown(from_tag, message);
  const std::shared_ptr<Link> link = found->second;
  link->last_heard = loop_.event_loop().now();
  if (message.head.sequence < link->next_in) return;  // told twice
  if (message.head.sequence > link->next_in) return end_by_gap(link);
  ++link->next_in;
  loop_.call_own_handler([&] { link->handler->on_message(std::as_bytes(std::span(message.body))); });
}

void ConversationHub::on_close(std::string_view from_tag, const ConversationClose& message) {
  const auto found = links_.find(Key{std::string(from_tag), message.head.id, message.head.from_opener == 0});
  if (found == links_.end()) return;
  const std::shared_ptr<Link> link = found->second;
  Status status = status_of(message.status);
  if (status == Status::ok && message.head.sequence != link->next_in) {
    outlet_.counters().drop(ClusterDrop::conversation_gap);
    status = Status::unavailable;
  }
  finish(link, status);
}

void ConversationHub::lose(std::string_view tag) {
  std::vector<std::shared_ptr<Link>> concerned;
  for (const auto& [key, link] : links_) {
    if (key.tag == tag) concerned.push_back(link);
  }
  for (const std::shared_ptr<Link>& link : concerned) {
    if (link->is_listed) finish(link, Status::not_found);
  }
}

void ConversationHub::fail_all(Status status) {
  std::vector<std::shared_ptr<Link>> all;
  for (const auto& [key, link] : links_) all.push_back(link);
  for (const std::shared_ptr<Link>& link : all) {
    if (link->is_listed) finish(link, status);
  }
}

}  // namespace signaling::socketio::cluster
