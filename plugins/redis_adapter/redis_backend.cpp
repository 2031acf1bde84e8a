#include "redis_backend.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "command_text.hpp"
#include "tls.hpp"

namespace signaling::redis_adapter {
namespace {

/// What a master that is left may still answer.
constexpr std::chrono::milliseconds drop_delay{500};

std::unique_ptr<Topology> make_topology(Environment& environment, TopologyHost& host, const Partitions& partitions) {
  switch (environment.options.topology) {
    case TopologyKind::single: break;
    case TopologyKind::sentinel: return make_sentinel_topology(environment, host);
    case TopologyKind::cluster: return make_cluster_topology(environment, host, partitions);
  }
  return make_single_topology(environment, host);
}

}  // namespace

RedisBackend::RedisBackend(asio::io_context& io, const BackendOptions& options, BackendObserver& observer)
    : environment_{io, options, observer, options.tls.is_enabled ? make_tls_context(options.tls) : nullptr},
      partitions_(options.topology == TopologyKind::cluster ? cluster_partitions : 1),
      deferred_(environment_),
      states_(partitions_.count()),
      router_(environment_, *this, deferred_, partitions_.count()),
      topology_(make_topology(environment_, *this, partitions_)) {}

RedisBackend::~RedisBackend() { stop(); }

void RedisBackend::start() { topology_->start(); }

void RedisBackend::stop() {
  if (environment_.is_stopped) return;
  environment_.is_stopped = true;
  topology_->stop();
  for (auto& link : links_) link.close();
  router_.stop();
  std::vector<ReplyHandler> waiting;
  table_.visit([&](Channel& channel) {
    std::move(channel.waiting.begin(), channel.waiting.end(), std::back_inserter(waiting));
    channel.waiting.clear();
  });
  for (auto& handler : waiting) environment_.finish(handler, {Outcome::away, "the adapter stops"});
  deferred_.run();
}

void RedisBackend::command(Partition partition, std::span<const std::string_view> args, Timeout timeout, ReplyHandler handler) {
  submit(partition, command_text(args), nullptr, timeout, std::move(handler));
}

void RedisBackend::eval(Partition partition, const Script& script, std::span<const std::string_view> keys,
                        std::span<const std::string_view> args, Timeout timeout, ReplyHandler handler) {
  submit(partition, evalsha_text(script, keys, args), &script, timeout, std::move(handler));
}

void RedisBackend::publish(Partition partition, std::string_view channel, std::string_view payload, Timeout timeout,
                           ReplyHandler handler) {
  submit(partition, command_text({is_cluster() ? "SPUBLISH" : "PUBLISH", channel, payload}), nullptr, timeout,
         std::move(handler));
}

void RedisBackend::submit(Partition partition, std::string text, const Script* script, Timeout timeout, ReplyHandler handler) {
  Request request;
  request.partition = partition;
  request.text = std::move(text);
  request.script = script;
  request.deadline = SteadyClock::now() + timeout;
  request.handler = std::move(handler);
  router_.submit(std::move(request));
}

void RedisBackend::subscribe(Partition partition, std::string_view name, ReplyHandler handler) {
  auto& channel = table_.channel(partition, name);
  channel.is_wanted = true;
  auto& state = states_[partition];
  const bool is_confirmed = channel.is_confirmed && channel.is_asked && state.is_up;
  if (!is_confirmed && !environment_.is_stopped && state.link != nullptr) state.link->update(channel);
  if (!handler) return;
  if (state.is_up && !is_confirmed) {
    channel.waiting.push_back(std::move(handler));
    return;
  }
  deferred_.add([this, handler = std::move(handler), is_confirmed]() mutable {
    environment_.finish(handler, is_confirmed ? Reply{} : Reply{Outcome::away, "there is no connection"});
  });
}

void RedisBackend::unsubscribe(Partition partition, std::string_view name) {
  auto* channel = table_.find(name);
  if (channel == nullptr || !channel->is_wanted) return;
  channel->is_wanted = false;
  for (auto& handler : std::exchange(channel->waiting, {}))
    deferred_.add([this, handler = std::move(handler)]() mutable {
      environment_.finish(handler, {Outcome::away, "unsubscribed before it was confirmed"});
    });
  if (channel->carrier != nullptr && states_[partition].link != nullptr) states_[partition].link->update(*channel);
  table_.drop_if_needless(*channel);
}

void RedisBackend::restart_subscriber(Partition partition, std::string_view reason) {
  deferred_.add([this, partition, text = std::string(reason)] {
    if (auto* link = states_[partition].link) link->restart_subscriber(text);
  });
}

void RedisBackend::reconnect(Partition partition, std::string_view reason) {
  deferred_.add([this, partition, text = std::string(reason)] {
    if (auto* link = states_[partition].link) link->restart(text);
  });
}

BackendStats RedisBackend::stats() const {
  BackendStats stats = environment_.stats;
  stats.subscriptions = table_.size();
  for (const auto& link : links_) stats.subscriptions_pending += link.pending_subscriptions();
  stats.partitions_down = states_.size() - up_count_;
  return stats;
}

void RedisBackend::on_channel_message(std::string_view name, std::string_view payload) {
  const auto* channel = table_.find(name);
  if (channel == nullptr || !channel->is_wanted) return;
  ++environment_.stats.messages;
  environment_.guarded("on_message", [&] { environment_.observer.on_message(channel->partition, name, payload); });
}

ServerLink& RedisBackend::make_link() {
  LinkOwner& self = *this;
  return links_.emplace_back(environment_, self, table_, is_cluster());
}

void RedisBackend::drop_link(ServerLink& link) {
  // In a turn of its own, since the link may be in the middle of a call; and what is under way there is answered first.
  const auto timer =
      std::make_shared<asio::steady_timer>(environment_.io, link.is_idle() ? std::chrono::milliseconds(0) : drop_delay);
  timer->async_wait([this, &link, timer, weak = std::weak_ptr(alive_)](boost::system::error_code) {
    if (weak.expired()) return;
    link.close();
    links_.remove_if([&](const ServerLink& each) { return &each == &link; });
  });
}

void RedisBackend::on_moved(ServerLink& link, Partition partition, const ServerAddress& target) {
  if (states_[partition].link == &link) {
    link.suspect(partition);
    if (states_[partition].is_up) {
      router_.set_service(partition, CommandRouter::Service::moving);
      tell_down({partition}, "moving to another master");
    }
  }
  topology_->on_moved(link, partition, target);
}

void RedisBackend::assign(const std::vector<Partition>& partitions, ServerLink& link, bool is_planned_move) {
  // A master at a time, since each of them looks through all channels: after a failover dozens of partitions come at once.
  std::map<ServerLink*, std::set<Partition>> left;
  for (const auto partition : partitions)
    if (auto* before = states_[partition].link) left[before].insert(partition);
  for (const auto& [before, theirs] : left) before->remove_partitions(theirs);
  std::vector<Partition> down;
  for (const auto partition : partitions) {
    auto& state = states_[partition];
    state.link = &link;
    if (state.was_up) ++environment_.stats.topology_changes;
    state.is_planned_move = is_planned_move;
    if (state.is_up) down.push_back(partition);
    router_.set_service(partition, is_planned_move ? CommandRouter::Service::moving : CommandRouter::Service::down);
  }
  tell_down(down, "moved to another master");
  link.add_partitions(partitions);
}

void RedisBackend::on_link_changed(ServerLink& link, std::string_view reason) {
  if (environment_.is_stopped) return;
  std::vector<Partition> up;
  std::vector<Partition> down;
  for (const auto partition : link.partitions()) {
    const bool is_up = link.are_commands_ready() && link.is_restored(partition);
    if (is_up == states_[partition].is_up) continue;
    (is_up ? up : down).push_back(partition);
  }
  for (const auto partition : down) router_.set_service(partition, CommandRouter::Service::down);
  tell_down(down, reason);
  tell_up(link, up);
}

void RedisBackend::tell_down(const std::vector<Partition>& partitions, std::string_view reason) {
  if (partitions.empty()) return;
  for (const auto partition : partitions) states_[partition].is_up = false;
  up_count_ -= partitions.size();
  environment_.guarded("on_down", [&] { environment_.observer.on_down(partitions, reason); });
}

void RedisBackend::tell_up(ServerLink& link, const std::vector<Partition>& partitions) {
  if (partitions.empty()) return;
  const auto info = link.info();
  const auto address = link.address().text();
  // By what is told of them: most times they are all alike.
  std::map<std::pair<bool, bool>, std::vector<Partition>> groups;
  for (const auto partition : partitions) {
    auto& state = states_[partition];
    const bool is_new = state.was_up && state.run_id != info.run_id;
    // A promoted replica of the master before is no planned move, even where that one lives: the end of its data may be
    // missing.
    const bool is_planned = std::exchange(state.is_planned_move, false) && info.former_replication_id != state.replication_id;
    groups[{is_new, is_planned}].push_back(partition);
    state.is_up = state.was_up = true;
    state.run_id = info.run_id;
    state.replication_id = info.replication_id;
  }
  up_count_ += partitions.size();
  for (const auto partition : partitions) router_.set_service(partition, CommandRouter::Service::up);
  for (const auto& [kind, group] : groups) {
    const ServerIdentity server{info.run_id, address, info.version, kind.first, kind.first && kind.second};
    environment_.guarded("on_up", [&, &members = group] { environment_.observer.on_up(members, server); });
    if (environment_.is_stopped) return;
  }
}

void RedisBackend::use_login_and_limits(const BackendOptions& fresh) {
  environment_.options.credentials = fresh.credentials;
  environment_.options.sentinel_credentials = fresh.sentinel_credentials;
  environment_.options.connect_timeout = fresh.connect_timeout;
  environment_.options.command_timeout = fresh.command_timeout;
}

std::unique_ptr<Backend> make_backend(asio::io_context& io, const BackendOptions& options, BackendObserver& observer) {
  return std::make_unique<RedisBackend>(io, options, observer);
}

}  // namespace signaling::redis_adapter
