#include "probe.hpp"

#include <algorithm>

namespace signaling::redis_adapter {

namespace {
/// A turn that comes so late means that this process stood still, not the server.
constexpr std::int64_t own_stall_us = 500 * us_per_ms;
constexpr std::size_t max_accepted = 64;
}  // namespace

void Probe::take_from_server(Partition partition) {
  const auto found = servers_.find(server_of_[partition]);
  if (found == servers_.end()) return;
  std::erase(found->second.partitions, partition);
  choose_channel(found->second);
  if (found->second.partitions.empty()) servers_.erase(found);
}

void Probe::on_up(std::span<const Partition> partitions, std::string_view address) {
  if (partitions.empty()) return;
  for (const Partition partition : partitions) {
    if (server_of_[partition] == address) continue;
    take_from_server(partition);
    server_of_[partition] = address;
  }
  Server& server = servers_[std::string(address)];
  for (const Partition partition : partitions) {
    if (std::find(server.partitions.begin(), server.partitions.end(), partition) == server.partitions.end())
      server.partitions.push_back(partition);
  }
  server.is_up = true;
  server.heard_us = context_.now_us();
  server.next_us = 0;
  server.accepted.clear();
  choose_channel(server);
}

void Probe::on_down(std::span<const Partition> partitions) {
  for (const Partition partition : partitions) {
    const auto found = servers_.find(server_of_[partition]);
    if (found == servers_.end()) continue;
    found->second.is_up = false;
    found->second.accepted.clear();
  }
}

void Probe::choose_channel(Server& server) {
  if (!server.channel.empty() &&
      std::find(server.partitions.begin(), server.partitions.end(), server.partition) != server.partitions.end())
    return;
  if (!server.channel.empty()) context_.backend.unsubscribe(server.partition, server.channel);
  server.channel.clear();
  if (server.partitions.empty()) return;
  server.partition = server.partitions.front();
  server.channel = context_.names.probe(server.partition, context_.tag);
  context_.backend.subscribe(server.partition, server.channel, {});
}

void Probe::tick() {
  const std::int64_t now = context_.now_us();
  const bool was_stalled = last_tick_us_ != 0 && now - last_tick_us_ > own_stall_us;
  last_tick_us_ = now;
  for (auto& [address, server] : servers_) {
    if (!server.is_up) continue;
    if (was_stalled) {
      for (Sent& sent : server.accepted) sent.at_us = now;  // what came back may stand in the socket, unread
    }
    if (!server.accepted.empty() && now - server.accepted.front().at_us > us_of(context_.settings.probe_timeout)) {
      server.accepted.clear();
      context_.metrics.probe_failures.add(1);
      context_.backend.restart_subscriber(server.partition, "nothing published comes back through the subscription");
      continue;
    }
    if (now >= server.next_us) send(address, server);
  }
}

void Probe::send(const std::string& address, Server& server) {
  const std::int64_t now = context_.now_us();
  server.next_us = now + us_of(context_.settings.probe_interval);
  const std::uint64_t number = next_number_++;
  outbox_.send(server.partition, server.channel, EnvelopeKind::probe,
               encode_number(number).append(encode_number(static_cast<std::uint64_t>(now))),
               [this, address, number, now](const Reply& reply) {
                 const auto found = servers_.find(address);
                 if (!reply || found == servers_.end() || !found->second.is_up) return;
                 // It may have come back before the answer.
                 if (found->second.heard_us >= now || found->second.accepted.size() >= max_accepted) return;
                 found->second.accepted.push_back({number, context_.now_us()});
               });
}

void Probe::on_probe(Partition partition, std::string_view number_and_time) {
  const auto found = servers_.find(server_of_[partition]);
  if (found == servers_.end() || number_and_time.size() < 16) return;
  const std::uint64_t number = decode_number(number_and_time);
  const auto sent_us = static_cast<std::int64_t>(decode_number(number_and_time.substr(8)));
  Server& server = found->second;
  server.heard_us = std::max(server.heard_us, std::min(sent_us, context_.now_us()));
  while (!server.accepted.empty() && server.accepted.front().number <= number) server.accepted.pop_front();
}

std::int64_t Probe::heard_us(Partition partition) const {
  const auto found = servers_.find(server_of_[partition]);
  return found == servers_.end() ? context_.now_us() : found->second.heard_us;
}

double Probe::age_seconds() const {
  std::int64_t oldest = context_.now_us();
  for (const auto& [address, server] : servers_) oldest = std::min(oldest, server.heard_us);
  return static_cast<double>(context_.now_us() - oldest) / 1e6;
}

}  // namespace signaling::redis_adapter
