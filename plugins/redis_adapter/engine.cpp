#include "engine.hpp"

#include <algorithm>
#include <array>

#include "presence_entry.hpp"

namespace signaling::redis_adapter {

using plugin_api::Destination;
using plugin_api::LogLevel;
using Phase = PartitionState::Phase;

namespace {
/// How long the logs are read with every beat after something happened, in case a notice was lost.
constexpr std::int64_t watch_us = 60'000 * us_per_ms;
/// Restoring longer than this is said to be ill.
constexpr std::int64_t slow_us = 6'000 * us_per_ms;
/// Before the next try where another node has seen a partition move first.
constexpr long long other_epoch_ms = 100;
}  // namespace

Engine::Engine(const EngineParts& parts)
    : shared_(parts.shared),
      names_(parts.settings.prefix, parts.backend),
      self_(parts.self),
      context_{parts.backend, names_,     parts.settings, scripts_,  parts.clock,
               parts.events,  parts.host, parts.metrics,  parts.tag, parts.incarnation},
      partitions_(parts.backend.partition_count()),
      outbox_(context_),
      topics_(context_, outbox_),
      reaper_(context_),
      change_log_(context_, partitions_, *this),
      gap_(context_, partitions_),
      reconcile_(context_, partitions_, reaper_, *this),
      lease_(context_, encode_description(parts.self), *this),
      presence_(context_, partitions_, *this),
      probe_(context_, outbox_),
      counters_(context_) {}

Engine::~Engine() = default;

void Engine::begin() {
  const Partition own = context_.backend.partition_of(context_.tag);
  context_.backend.subscribe(own, names_.node(own, context_.tag), {});
  context_.backend.subscribe(0, names_.all(), {});
}

bool Engine::is_ready() const {
  return lease_.is_sure() &&
         std::all_of(partitions_.begin(), partitions_.end(), [](const auto& each) { return each.phase == Phase::ready; });
}

// What the core asks.

void Engine::take(std::vector<Operation>& operations) {
  for (Operation& operation : operations) take_one(operation);
  outbox_.flush();
}

void Engine::take_one(Operation& operation) {
  switch (operation.kind) {
    case Operation::Kind::subscribe: topics_.subscribe(operation.name, operation.subscribe_handler); return;
    case Operation::Kind::unsubscribe: topics_.unsubscribe(operation.name); return;
    case Operation::Kind::publish: break;
    case Operation::Kind::count: counters_.submit(std::move(operation.counters)); return;
    default:
      outbox_.flush();  // what was published before goes first
      presence_.submit(std::move(operation));
      return;
  }
  switch (operation.destination) {
    case Destination::Kind::topic: topics_.publish(operation.name, std::move(operation.body)); return;
    case Destination::Kind::node: {
      if (context_.is_own(operation.name)) return;
      const Partition partition = context_.backend.partition_of(operation.name);
      outbox_.add(partition, names_.node(partition, operation.name), EnvelopeKind::bodies, std::move(operation.body));
      return;
    }
    case Destination::Kind::all: outbox_.add(0, names_.all(), EnvelopeKind::bodies, std::move(operation.body)); return;
  }
}

// What the backend tells.

void Engine::on_up(std::span<const Partition> partitions, const ServerIdentity& server) {
  probe_.on_up(partitions, server.address);
  for (const Partition p : partitions) {
    PartitionState& state = partitions_[p];
    state.run_id = server.run_id;
    state.is_new_server = state.is_new_server || server.is_new_server;
    state.is_planned_move = server.is_planned_move;
    state.may_change_epoch = true;
    shared_.set_up(p, true);
    reconcile_.begin(p);
  }
  topics_.on_up(partitions);
  outbox_.flush();
  judge_health();
}

void Engine::on_down(std::span<const Partition> partitions, std::string_view reason) {
  down_reason_ = reason;
  for (const Partition p : partitions) {
    PartitionState& state = partitions_[p];
    if (state.phase != Phase::down) state.not_ready_since_us = context_.now_us();
    state.phase = Phase::down;
    shared_.set_up(p, false);
    gap_.begin(p, probe_.heard_us(p));
    reconcile_.abandon(p);
    if (p == 0) lease_.on_down();
    presence_.on_down(p);
  }
  topics_.on_down(partitions);
  probe_.on_down(partitions);
  judge_health();
  check_left();
}

void Engine::on_message(Partition partition, std::string_view channel, std::string_view payload) {
  Envelope envelope;
  switch (decode_envelope(payload, envelope)) {
    case EnvelopeFault::none: break;
    case EnvelopeFault::version: return context_.metrics.skipped_version.add(1);
    case EnvelopeFault::kind: return context_.metrics.skipped_kind.add(1);
    case EnvelopeFault::malformed: return context_.metrics.skipped_malformed.add(1);
  }
  if (context_.is_own(envelope.from_tag)) {
    if (envelope.kind == EnvelopeKind::probe && envelope.items.size() == 1) probe_.on_probe(partition, envelope.items.front());
    return;
  }
  if (is_leaving_) return;
  deliver(partition, channel, envelope, payload.size());
  outbox_.flush();
}

void Engine::deliver(Partition partition, std::string_view channel, const Envelope& envelope, std::size_t bytes) {
  const ChannelName name = names_.parse(partition, channel);
  switch (envelope.kind) {
    case EnvelopeKind::hello:
      if (name.kind == ChannelKind::topic && !envelope.items.empty())
        topics_.on_hello(name.name, envelope.from_tag, envelope.items.front());
      return;
    case EnvelopeKind::welcome:
      for (const std::string_view item : envelope.items) topics_.on_welcome(item);
      return;
    case EnvelopeKind::notice:
      lease_.beat_soon();
      watch_logs_until_us_ = context_.now_us() + watch_us;
      change_log_.read_all();
      return;
    case EnvelopeKind::probe: return;
    case EnvelopeKind::bodies: break;
  }
  Destination::Kind kind = Destination::Kind::all;
  if (name.kind == ChannelKind::topic) {
    kind = Destination::Kind::topic;
    if (!topics_.is_wanted(name.name)) return;
    topics_.on_sequence(name.name, envelope.from_tag, envelope.sequence);
  } else if (name.kind == ChannelKind::node) {
    kind = Destination::Kind::node;
  } else if (name.kind != ChannelKind::all) {
    return;
  }
  messages_.clear();
  for (const std::string_view item : envelope.items) {
    messages_.push_back({envelope.from_tag, kind, kind == Destination::Kind::topic ? name.name : std::string_view(),
                         std::as_bytes(std::span(item.data(), item.size()))});
  }
  context_.metrics.received.add(static_cast<double>(messages_.size()));
  context_.metrics.received_bytes.add(static_cast<double>(bytes));
  context_.metrics.latency.observe(static_cast<double>(std::max<std::int64_t>(context_.clock.wall_us() - envelope.sent_us, 0)) /
                                   1e6);
  context_.events.on_messages(messages_);
}

// What the parts tell each other.

void Engine::on_epoch_lost(Partition partition, bool is_other) {
  if (partitions_[partition].phase != Phase::ready && partitions_[partition].phase != Phase::settling) return;
  if (is_other) return reconcile_.settle(partition, other_epoch_ms);  // on_up with the new run id is on its way
  context_.log(LogLevel::warn, "Redis has lost its data: presence is restored");
  reconcile_.begin(partition);
}

void Engine::on_registry_closed(bool is_other) { on_epoch_lost(0, is_other); }

void Engine::on_fenced(Partition partition, std::string_view death) {
  PartitionState& state = partitions_[partition];
  if (state.phase != Phase::ready && state.phase != Phase::settling) return;
  state.death = death;
  lease_.beat_soon();
  reconcile_.begin(partition);
}

void Engine::on_opened(Partition partition, bool is_new_epoch) {
  if (partition == 0) lease_.on_opened(partitions_[0].run_id, is_new_epoch);
}

std::vector<std::string> Engine::others() const {
  std::vector<std::string> tags;
  for (const auto& [tag, description] : lease_.table().alive()) tags.push_back(tag);
  return tags;
}

void Engine::on_ready(Partition partition) {
  presence_.drain(partition);
  change_log_.read(partition);
  catch_up(partition);
  check_owners(partition);
  on_news();  // what was restored stands in the log
  judge_health();
}

// Only once the others know that this node listens again: a change of theirs is then either in what is read now, or heard.
void Engine::catch_up(Partition partition) {
  PartitionState& state = partitions_[partition];
  const bool has_to_wait = state.has_gap && topics_.is_catching_up(partition);
  state.catch_up_at_us = has_to_wait ? context_.now_us() : 0;
  if (!has_to_wait) gap_.catch_up(partition);
}

void Engine::on_nodes(const NodeTable::Changes& changes) {
  // Before the core is told: it may ask.
  publish_nodes();
  for (const NodeEvent& event : changes.events) {
    const plugin_api::NodeInfo info = broker_parts::info_of(event.tag, event.description);
    watch_logs_until_us_ = context_.now_us() + watch_us;
    if (event.kind != NodeEvent::Kind::joined) topics_.on_node_gone(event.tag);
    switch (event.kind) {
      case NodeEvent::Kind::joined:
        context_.log(LogLevel::info, "node " + event.tag + " (" + event.description.name + ") joined");
        context_.events.on_node_joined(info);
        break;
      case NodeEvent::Kind::left:
        context_.log(LogLevel::info, "node " + event.tag + " (" + event.description.name + ") left");
        context_.events.on_node_left(info);
        break;
      case NodeEvent::Kind::lost:
        context_.log(LogLevel::warn, "node " + event.tag + " (" + event.description.name + ") was lost: its lease ran out");
        context_.metrics.nodes_lost.add(1);
        context_.events.on_node_lost(info);
        break;
    }
  }
  change_log_.on_nodes();
  if (!changes.events.empty()) change_log_.read_all();
  for (const DeadNode& node : changes.dead) take_entries_of(node);
  presence_.drain_all();
}

void Engine::publish_nodes() { shared_.set_nodes(lease_.table().alive()); }

void Engine::take_entries_of(const DeadNode& node) {
  for (Partition p = 0; p < partitions_.size(); ++p) {
    // A partition that cannot be reached is looked through when it is ready again.
    if (partitions_[p].is_open()) reap(p, node.tag, node.died);
  }
}

void Engine::reap(Partition partition, const std::string& tag, std::string death) {
  if (death.empty()) {
    const auto now = context_.now_us() + partitions_[partition].offset_us;
    death = encode_mark(static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0)));
  }
  reaper_.reap(partition, tag, ReapKind::lost, std::move(death), [this, partition](bool) { change_log_.read(partition); });
}

void Engine::on_registered() {
  presence_.drain_all();
  judge_health();
}

void Engine::on_own_death(std::string_view death) {
  context_.metrics.own_deaths.add(1);
  context_.log(LogLevel::warn,
               "this node was taken for lost (it or its link to Redis stood still for longer than the lease): "
               "its members are registered anew");
  for (Partition p = 0; p < partitions_.size(); ++p) {
    PartitionState& state = partitions_[p];
    state.death = death;
    if (state.phase == Phase::down) continue;
    // While it was away it may have heard nothing.
    gap_.begin(p, probe_.heard_us(p));
    reconcile_.begin(p);
  }
}

void Engine::on_news() {
  if (!context_.backend.is_up(0)) return;
  outbox_.add(0, names_.all(), EnvelopeKind::notice, {});
}

void Engine::check_owners(Partition partition) {
  const std::string key = names_.base(partition) + "owners";
  const std::array<std::string_view, 2> args = {"SMEMBERS", key};
  context_.backend.command(partition, args, context_.settings.command_timeout,
                           [this, partition](const Reply& reply) { on_owners(partition, reply); });
}

void Engine::on_owners(Partition partition, const Reply& reply) {
  if (!reply || !lease_.is_fresh()) return;
  const std::int64_t now = context_.now_us();
  for (std::size_t i = 0; i < size_of(reply.value); ++i) {
    const std::string tag(text_at(reply.value, i));
    switch (lease_.table().standing(tag)) {
      case NodeTable::Standing::alive: unknown_owners_.erase(tag); break;
      case NodeTable::Standing::dead: reap(partition, tag, lease_.table().died(tag)); break;
      case NodeTable::Standing::unknown: {
        // A registry that was lost fills again within a beat; whoever is missing for a whole lease is no more.
        const std::int64_t since = unknown_owners_.try_emplace(tag, now).first->second;
        if (now - since >= us_of(context_.settings.lease)) reap(partition, tag, {});
        break;
      }
    }
  }
}

void Engine::drop_old_doubts() {
  for (Partition p = 0; p < partitions_.size(); ++p) {
    PartitionState& state = partitions_[p];
    for (const auto& [room, member] : state.own.take_old_doubts(context_.now_us())) {
      if (state.phase != Phase::ready || state.own.find(room, member) != nullptr) continue;  // the next restoring drops it
      const std::array<std::string_view, 4> args = {state.run_id, context_.tag, room, member};
      context_.eval(p, scripts_.drop, args, {});
    }
  }
}

// Time.

void Engine::tick() {
  const std::int64_t now = context_.now_us();
  probe_.tick();
  topics_.tick();
  lease_.tick();
  reconcile_.tick();
  presence_.tick();
  for (Partition p = 0; p < partitions_.size(); ++p) {
    const PartitionState& state = partitions_[p];
    if (state.catch_up_at_us != 0 && state.catch_up_at_us <= now && state.phase == Phase::ready) catch_up(p);
  }
  if (!shared_.health().empty()) judge_health();
  if (now >= next_log_read_us_ && now < watch_logs_until_us_) {
    next_log_read_us_ = now + us_of(context_.settings.beat_interval());
    change_log_.read_all();
  }
  if (now >= next_owner_check_us_) {
    next_owner_check_us_ = now + us_of(context_.settings.lease);
    // Forgotten where it was not seen for long, so that the map does not grow.
    std::erase_if(unknown_owners_, [&](const auto& each) { return now - each.second > 4 * us_of(context_.settings.lease); });
    for (Partition p = 0; p < partitions_.size(); ++p) {
      if (partitions_[p].phase == Phase::ready) check_owners(p);
    }
    drop_old_doubts();
  }
  if (now >= next_metrics_us_) {
    next_metrics_us_ = now + 1'000 * us_per_ms;
    update_metrics();
    judge_health();
  }
  outbox_.flush();
  check_left();
}

void Engine::judge_health() {
  const std::int64_t now = context_.now_us();
  std::string reason;
  for (Partition p = 0; p < partitions_.size(); ++p) {
    const PartitionState& state = partitions_[p];
    if (state.phase == Phase::down) {
      reason = down_reason_;
      break;
    }
    if (topics_.is_catching_up(p)) reason = "subscriptions are being made known to the other nodes";
    if (state.phase != Phase::ready && now - state.not_ready_since_us > slow_us) reason = "presence is being restored in Redis";
  }
  if (reason.empty() && lease_.is_taken()) reason = "another process is registered under this node's tag";
  if (reason.empty() && !lease_.is_sure()) reason = "this node is not registered in Redis";
  if (is_leaving_ || !shared_.set_health(reason)) return;
  if (reason.empty()) {
    context_.log(LogLevel::info, "connected to Redis, node registered");
    was_well_ = true;
  } else {
    // On the way to being well for the first time there is nothing to warn of; a start without Redis says so itself.
    context_.log(was_well_ ? LogLevel::warn : LogLevel::debug, "degraded: " + reason);
  }
  context_.events.on_health_changed(reason.empty(), reason);
}

void Engine::update_metrics() {
  Metrics& m = context_.metrics;
  const BackendStats stats = context_.backend.stats();
  const auto add = [](plugin_api::Metric& metric, std::uint64_t now, std::uint64_t before) {
    if (now > before) metric.add(static_cast<double>(now - before));
  };
  add(m.commands, stats.commands, last_stats_.commands);
  add(m.command_retries, stats.retries, last_stats_.retries);
  add(m.command_failures, stats.commands_unsent + stats.commands_full + stats.commands_lost + stats.server_errors,
      last_stats_.commands_unsent + last_stats_.commands_full + last_stats_.commands_lost + last_stats_.server_errors);
  add(m.connects, stats.connect_attempts, last_stats_.connect_attempts);
  add(m.connect_failures, stats.connect_failures, last_stats_.connect_failures);
  add(m.reconnects, stats.connections_lost, last_stats_.connections_lost);
  add(m.read_bytes, stats.bytes_read, last_stats_.bytes_read);
  add(m.written_bytes, stats.bytes_written, last_stats_.bytes_written);
  last_stats_ = stats;
  m.queue_bytes.set(static_cast<double>(stats.queue_bytes));
  m.connections.set(static_cast<double>(stats.connections));
  m.subscriptions.set(static_cast<double>(stats.subscriptions));
  m.topics.set(static_cast<double>(topics_.size()));
  m.topics_shared.set(static_cast<double>(topics_.shared_count()));
  m.probe_age.set(probe_.age_seconds());
  m.nodes.set(static_cast<double>(lease_.table().alive_count() + 1));
  m.waiting.set(static_cast<double>(presence_.waiting_count()));
  std::size_t entries = 0;
  std::size_t down = 0;
  for (const PartitionState& state : partitions_) {
    entries += state.own.size();
    down += state.phase == Phase::down ? 1 : 0;
  }
  m.entries.set(static_cast<double>(entries));
  m.partitions_down.set(static_cast<double>(down));
}

// The end.

void Engine::leave(std::int64_t deadline_us, Callback<void()> done) {
  is_leaving_ = true;
  leave_deadline_us_ = deadline_us;
  left_ = std::move(done);
  topics_.finish(plugin_api::Status::closed);
  presence_.close(plugin_api::Status::closed);
  outbox_.flush();
  // One more step than there are, so that none of them ends it before all have begun.
  ++leaving_steps_;
  for (Partition p = 0; p < partitions_.size(); ++p) {
    if (!partitions_[p].is_open() || !partitions_[p].death.empty()) continue;
    ++leaving_steps_;
    // Behind the operations that are under way, which Redis carries out first.
    reaper_.reap(p, context_.tag, ReapKind::left, {}, [this](bool) {
      --leaving_steps_;
      check_left();
    });
  }
  --leaving_steps_;
  check_left();
}

void Engine::check_left() {
  if (!is_leaving_ || !left_) return;
  if (context_.now_us() >= leave_deadline_us_) return finish_leaving();
  if (leaves_registry_ || leaving_steps_ != 0 || presence_.in_flight() != 0) return;
  leaves_registry_ = true;
  if (!context_.backend.is_up(0)) return finish_leaving();
  lease_.leave([this] {
    on_news();
    outbox_.flush();
    // The answer to a last command means that the notice has gone before.
    const std::array<std::string_view, 1> ping = {"PING"};
    context_.backend.command(0, ping, context_.settings.command_timeout, [this](const Reply&) { finish_leaving(); });
  });
}

void Engine::finish_leaving() {
  if (Callback<void()> left = std::exchange(left_, {})) left();
}

void Engine::close() {
  is_leaving_ = true;
  presence_.close(plugin_api::Status::closed);
  topics_.finish(plugin_api::Status::closed);
}

}  // namespace signaling::redis_adapter
