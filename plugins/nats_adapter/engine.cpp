#include "engine.hpp"

#include <algorithm>
#include <utility>

#include "answers.hpp"
#include "envelope.hpp"

namespace signaling::nats_adapter {

using broker_parts::us_of;
using broker_parts::us_per_ms;
using plugin_api::Destination;
using plugin_api::LogLevel;
using Phase = Presence::Phase;

namespace {

/// Of answers that nobody waits for.
constexpr std::uint64_t ignored_number = Topics::first_number - 1;
/// For the nodes of the registry to say that they are alive.
constexpr std::int64_t answer_time_us = 1'000 * us_per_ms;
constexpr std::int64_t read_again_pause_us = 500 * us_per_ms;

}  // namespace

Engine::Engine(const EngineParts& parts)
    : parts_(parts),
      nodes_(parts.self, us_of(parts.settings.lease), us_of(parts.settings.beat_interval())),
      topics_(parts.subjects),
      presence_({parts.settings, parts.clock, parts.metrics, parts.host, parts.self, *this, *this}),
      reader_(*this) {
  parts_.metrics.nodes.set(1);
}

void Engine::log(LogLevel level, std::string_view text) const {
  if (parts_.host.should_log(level)) parts_.host.log(level, text);
}

void Engine::take(Inbox::Content& content) {
  for (SessionEvent& event : content.events) guard([&] { take_event(event); });
  for (Incoming& incoming : content.incoming) guard([&] { take_incoming(incoming); });
  guard([&] { flush_messages(); });
  messages_.clear();  // views into `content`
  for (Operation& operation : content.operations) guard([&] { take_operation(operation); });
  topics_.flush();
  guard([&] { advance(); });
}

// What the core asks.

void Engine::take_operation(Operation& operation) {
  switch (operation.kind) {
    case Operation::Kind::subscribe: return topics_.subscribe(operation.name, operation.subscribe_handler);
    case Operation::Kind::unsubscribe: return topics_.unsubscribe(operation.name);
    case Operation::Kind::publish: break;
    default: return presence_.submit(std::move(operation));
  }
  if (!connection_) return parts_.metrics.dropped_away.add(1);
  if (operation.destination == Destination::Kind::node && operation.name == parts_.self.tag) return;
  std::string subject;
  switch (operation.destination) {
    case Destination::Kind::topic: subject = parts_.subjects.topic(operation.name); break;
    case Destination::Kind::node: subject = parts_.subjects.node(operation.name); break;
    case Destination::Kind::all: subject = parts_.subjects.all(); break;
  }
  const std::string message = encode_message(parts_.self.tag, operation.body);
  if (!connection_->publish(subject, message)) return parts_.metrics.dropped_lost.add(1);
  parts_.metrics.published.add(1);
  parts_.metrics.published_bytes.add(static_cast<double>(message.size()));
}

// What NATS tells.

void Engine::take_event(SessionEvent& event) {
  switch (event.kind) {
    case SessionEvent::Kind::connected: return on_connected(std::move(event.connection));
    case SessionEvent::Kind::refused: refusal_ = event.reason; [[fallthrough]];
    case SessionEvent::Kind::not_connected:
      parts_.metrics.connects.add(1);
      down_reason_ = "NATS: " + event.reason;
      return judge_health();
    case SessionEvent::Kind::closed:
      if (connection_ && event.number == connection_->number()) drop_connection(event.reason);
      return;
    case SessionEvent::Kind::reading: return reader_.on_reading(event, now_us());
    case SessionEvent::Kind::not_reading:
      if (event.number != reader_.number() || !connection_) return;
      down_reason_ = event.reason;
      reader_.end();
      read_again_us_ = now_us() + read_again_pause_us;
      return judge_health();
  }
}

void Engine::on_connected(std::shared_ptr<Connection> connection) {
  parts_.metrics.connects.add(1);
  connection_ = std::move(connection);
  refusal_.clear();
  down_reason_ = "presence is being read from NATS";
  const Subjects& subjects = parts_.subjects;
  const std::uint64_t number = connection_->number();
  const auto subscribe = [&](const std::string& subject, Incoming::Source source) {
    fixed_.push_back(connection_->subscribe(subject, source, number));
  };
  subscribe(subjects.every_reply(), Incoming::Source::reply);
  subscribe(subjects.beats(), Incoming::Source::beats);
  subscribe(subjects.node(parts_.self.tag), Incoming::Source::node);
  subscribe(subjects.all(), Incoming::Source::all);
  topics_.on_up(*connection_);
  parts_.shared.set_max_payload(connection_->max_payload());
  send_beat(Beat::Kind::hello);
  read_stream();
}

void Engine::drop_connection(std::string_view reason) {
  parts_.metrics.connections_lost.add(1);
  parts_.shared.set_max_payload(0);
  down_reason_ = "NATS: " + std::string(reason);
  reader_.end();
  read_again_us_ = 0;
  echo_us_ = 0;
  nodes_.on_down();
  presence_.set_phase(Phase::away);
  topics_.on_down();
  for (const Connection::Handle& each : fixed_) {
    if (each) connection_->unsubscribe(each);
  }
  fixed_.clear();
  if (delivery_) connection_->unsubscribe(std::exchange(delivery_, nullptr));
  parts_.session.connect(std::exchange(connection_, nullptr));
  judge_health();
}

void Engine::read_stream() {
  read_again_us_ = 0;
  if (delivery_) connection_->unsubscribe(std::exchange(delivery_, nullptr));
  const std::uint64_t number = reader_.begin(now_us());
  const std::string subject = parts_.subjects.delivery(number);
  delivery_ = connection_->subscribe(subject, Incoming::Source::delivery, number);
  parts_.metrics.reads_anew.add(1);
  parts_.session.read_stream(
      connection_, {number, subject, reader_.epoch(), reader_.applied() + 1, parts_.subjects.registration(parts_.self.tag),
                    encode_beat({Beat::Kind::beat, parts_.self, parts_.description})});
}

void Engine::take_incoming(Incoming& incoming) {
  using Source = Incoming::Source;
  switch (incoming.source) {
    case Source::reply: return on_reply(incoming.message);
    case Source::beats: flush_messages(); return on_beat(incoming.message.data());
    case Source::delivery: return reader_.on_delivery(incoming.number, std::move(incoming.message), now_us());
    default: break;
  }
  if (is_leaving_) return;
  const auto message = decode_message(incoming.message.data());
  if (!message) return parts_.metrics.skipped.add(1);
  if (message->from_tag == parts_.self.tag) return;
  Destination::Kind kind = Destination::Kind::topic;
  if (incoming.source == Source::node) kind = Destination::Kind::node;
  if (incoming.source == Source::all) kind = Destination::Kind::all;
  if (kind == Destination::Kind::topic && !topics_.is_wanted(*incoming.name)) return;
  messages_.push_back({message->from_tag, kind, incoming.name ? std::string_view(*incoming.name) : std::string_view(),
                       std::as_bytes(std::span(message->body.data(), message->body.size()))});
}

void Engine::flush_messages() {
  if (messages_.empty()) return;
  std::size_t bytes = 0;
  for (const auto& each : messages_) bytes += each.body.size();
  parts_.metrics.received.add(static_cast<double>(messages_.size()));
  parts_.metrics.received_bytes.add(static_cast<double>(bytes));
  parts_.events.on_messages(messages_);
  messages_.clear();
}

void Engine::on_beat(std::string_view data) {
  const auto beat = decode_beat(data);
  if (!beat) return parts_.metrics.skipped.add(1);
  if (beat->node == parts_.self) {
    echo_us_ = now_us();
    return nodes_.on_echo(echo_us_);
  }
  if (is_leaving_) return;
  on_nodes(nodes_.on_beat(*beat));
  if (beat->kind == Beat::Kind::hello) send_beat(Beat::Kind::beat);
}

void Engine::on_reply(const NatsMessage& message) {
  const std::uint64_t number = parts_.subjects.reply_number(message.subject());
  if (number >= Topics::first_number) return topics_.on_reply(number);
  if (number == ignored_number) return;
  const bool has_no_stream = message.data().empty() && message.header("Status") == "503";
  if (has_no_stream) {
    // The server has lost its stream: it is made anew.
    presence_.on_read_failed(number);
    if (reader_.is_caught_up()) on_gap("the stream is gone");
    return;
  }
  if (auto result = presence_.is_reading(number) ? parse_read(message.data()) : std::nullopt) {
    presence_.on_read(number, std::move(*result));
  } else if (presence_.is_reading(number)) {
    presence_.on_read_failed(number);
  } else {
    presence_.on_written(number, parse_written(message.data()));
  }
}

// The stream.

void Engine::on_beginning() {
  presence_.forget_rooms();
  registrations_.clear();
}

void Engine::on_stream_message(std::string_view subject, std::uint64_t sequence, std::string_view data) {
  if (parts_.subjects.is_registration(subject)) {
    const auto beat = decode_beat(data);
    if (!beat) return parts_.metrics.skipped.add(1);
    nodes_.mention(beat->node);
    registrations_[beat->node.tag] = sequence;
    return;
  }
  if (const auto name = room_name(data); name && presence_.is_known(*name, sequence)) return;
  auto room = decode_room(data);
  if (!room) return parts_.metrics.skipped.add(1);
  presence_.on_room(std::move(room->name), sequence, std::move(room->room));
}

void Engine::on_caught_up() {
  const std::int64_t now = now_us();
  answers_until_us_ = now + answer_time_us;
  settle_until_us_ = now + us_of(parts_.settings.lease);
  presence_.set_phase(Phase::restoring);
  // Those in the registry answer, and know this node before it goes on.
  send_beat(Beat::Kind::hello);
  judge_health();
}

void Engine::on_gap(std::string_view why) {
  if (!connection_) return;
  log(LogLevel::warn, "presence is read anew: " + std::string(why));
  down_reason_ = why;
  reader_.end();
  presence_.set_phase(Phase::away);
  read_again_us_ = now_us();
  judge_health();
}

void Engine::answer(std::string_view subject) { connection_->publish(std::string(subject), {}); }

void Engine::write(std::uint64_t number, std::string_view room, std::string_view content, std::uint64_t expected) {
  if (connection_) connection_->publish_expecting(parts_.subjects.room(room), parts_.subjects.reply(number), content, expected);
}

void Engine::read(std::uint64_t number, std::string_view room) {
  if (!connection_) return;
  connection_->request("$JS.API.STREAM.MSG.GET." + parts_.subjects.stream(), parts_.subjects.reply(number),
                       "{\"last_by_subj\":\"" + parts_.subjects.room(room) + "\"}");
}

void Engine::erase(std::uint64_t sequence) {
  if (!connection_) return;
  connection_->request("$JS.API.STREAM.MSG.DELETE." + parts_.subjects.stream(), parts_.subjects.reply(ignored_number),
                       "{\"seq\":" + std::to_string(sequence) + ",\"no_erase\":true}");
}

// A room also has to come back as an answer, in base64.
std::size_t Engine::max_bytes() const { return connection_ ? connection_->max_payload() / 4 * 3 - 1'024 : 0; }

// What the parts tell each other.

void Engine::tell(std::string_view room, std::span<const plugin_api::MemberChange> changes) {
  if (!is_leaving_) parts_.events.on_members_changed(room, changes);
}

void Engine::on_nodes(const std::vector<NodeEvent>& events) {
  if (!events.empty()) {
    // Before the core is told: it may ask.
    parts_.shared.set_nodes(nodes_.alive());
    parts_.metrics.nodes.set(static_cast<double>(nodes_.alive().size() + 1));
  }
  for (const NodeEvent& event : events) {
    if (is_leaving_) break;
    const plugin_api::NodeInfo info = broker_parts::info_of(event.node.tag, event.description);
    const std::string who = "node " + event.node.tag + " (" + event.description.name + ") ";
    switch (event.kind) {
      case NodeEvent::Kind::joined:
        log(LogLevel::info, who + "joined");
        parts_.events.on_node_joined(info);
        break;
      case NodeEvent::Kind::left:
        log(LogLevel::info, who + "left");
        parts_.events.on_node_left(info);
        break;
      case NodeEvent::Kind::lost:
        log(LogLevel::warn, who + "was lost: it has not been heard within its lease");
        parts_.metrics.nodes_lost.add(1);
        parts_.events.on_node_lost(info);
        break;
    }
  }
  const auto gone = nodes_.take_gone();
  for (const NodeId& node : gone) {
    const auto registration = registrations_.find(node.tag);
    if (registration == registrations_.end() || nodes_.is_alive(node.tag) || node.tag == parts_.self.tag) continue;
    if (nodes_.is_first()) erase(registration->second);
    registrations_.erase(registration);
  }
  if (!gone.empty()) presence_.reap();
}

void Engine::send_beat(Beat::Kind kind) {
  if (!connection_) return;
  const Beat beat{kind, parts_.self, parts_.description, restored_epoch_, presence_.last_written()};
  connection_->publish(parts_.subjects.beats(), encode_beat(beat));
  next_beat_us_ = now_us() + us_of(parts_.settings.beat_interval());
}

// What depends on several of them.
void Engine::advance() {
  if (presence_.phase() != Phase::restoring || !reader_.is_caught_up()) return;
  if (!presence_.is_restored()) return;
  if (restored_epoch_ != reader_.epoch()) {
    restored_epoch_ = reader_.epoch();
    send_beat(Beat::Kind::beat);
  }
  const std::int64_t now = now_us();
  if (echo_us_ == 0) return;
  if (nodes_.has_silent() && now < answers_until_us_) return;
  if (!nodes_.all_restored(reader_.epoch(), reader_.applied()) && now < settle_until_us_) return;
  presence_.set_phase(Phase::ready);
  judge_health();
}

void Engine::tick() {
  guard([&] { look_around(); });
}

void Engine::look_around() {
  const std::int64_t now = now_us();
  if (read_again_us_ != 0 && now >= read_again_us_ && connection_) read_stream();
  if (now >= next_beat_us_) send_beat(Beat::Kind::beat);
  reader_.tick(now);
  if (!is_leaving_) on_nodes(nodes_.tick());
  presence_.tick();
  if (connection_) parts_.metrics.dropped_received.add(static_cast<double>(connection_->take_dropped()));
  parts_.metrics.topics.set(static_cast<double>(topics_.size()));
  if (echo_us_ != 0) parts_.metrics.echo_age.set(static_cast<double>(now - echo_us_) / 1e6);
  advance();
  judge_health();
}

void Engine::judge_health() {
  std::string reason;
  if (!connection_ || presence_.phase() != Phase::ready) {
    reason = down_reason_;
  } else if (echo_us_ == 0 || now_us() - echo_us_ > us_of(parts_.settings.lease) / 2) {
    reason = "this node does not hear its own messages";
  }
  if (is_leaving_ || !parts_.shared.set_health(reason)) return;
  if (reason.empty()) {
    log(LogLevel::info, "connected to NATS, node registered");
    was_well_ = true;
  } else {
    // On the way to being well for the first time there is nothing to warn of; a start without NATS says so itself.
    log(was_well_ ? LogLevel::warn : LogLevel::debug, "degraded: " + reason);
  }
  parts_.events.on_health_changed(reason.empty(), reason);
}

void Engine::leave() {
  is_leaving_ = true;
  presence_.leave();
}

std::shared_ptr<Connection> Engine::close() {
  if (connection_) {
    if (const auto own = registrations_.find(parts_.self.tag); own != registrations_.end()) erase(own->second);
    send_beat(Beat::Kind::bye);
  }
  presence_.close(plugin_api::Status::closed);
  topics_.close(plugin_api::Status::closed);
  topics_.on_down();
  for (const Connection::Handle& each : fixed_) {
    if (each) connection_->unsubscribe(each);
  }
  fixed_.clear();
  if (delivery_) connection_->unsubscribe(std::exchange(delivery_, nullptr));
  return std::exchange(connection_, nullptr);
}

}  // namespace signaling::nats_adapter
