#include "rejoin.hpp"

namespace signaling::bench_load {

Rejoin::Rejoin(Crowd& crowd, const Settings& settings)
    : JoinedScenario(crowd, settings), next_members_(room_count()), begun_ns_(settings.clients) {
  // Announcements of the first joins come while the others are still on their way in: each to those who were there before.
  expected_ = next_members_.size() * (settings.room_size * (settings.room_size - 1) / 2);
}

void Rejoin::start(std::int64_t now_ns) {
  has_started_ = true;
  is_running_ = true;
  for (std::uint32_t room = 0; room < next_members_.size(); ++room) {
    for (std::size_t i = 0; i < settings_.in_flight; ++i) begin_next(room, now_ns);
  }
}

void Rejoin::begin_next(std::uint32_t room, std::int64_t now_ns) {
  const auto size = static_cast<std::uint32_t>(settings_.room_size);
  std::uint32_t& next = next_members_[room];
  while (begun_ns_[client_of(room, next).index] != 0) next = (next + 1) % size;  // fewer are away than there are members
  Client& client = client_of(room, next);
  next = (next + 1) % size;
  ++busy_;
  begun_ns_[client.index] = now_ns;
  send_request(client, "leave", leave_id);
}

void Rejoin::on_event(Client&, std::string_view packet, std::int64_t) {
  if (!packet.starts_with("[\"peer-left\",") && !packet.starts_with("[\"peer-joined\",")) return;
  ++heard_;
  if (has_started_) ++counts_.deliveries;
}

void Rejoin::on_ack(Client& client, std::uint32_t id, std::string_view answer, std::int64_t now_ns) {
  if (id == join_id) return JoinedScenario::on_ack(client, id, answer, now_ns);
  expected_ += settings_.room_size - 1;
  if (id == leave_id) {
    expect_ok(client, "leave", answer);
    return send_request(client, "join", rejoin_id);
  }
  expect_ok(client, "join", answer);
  --busy_;
  ++counts_.operations;
  std::int64_t& begun = begun_ns_[client.index];
  latency_.add(now_ns - begun);
  begun = 0;
  if (is_running_) begin_next(room_of(client), now_ns);
}

std::uint64_t Rejoin::lost() const { return counts_announcements() && heard_ < expected_ ? expected_ - heard_ : 0; }

}  // namespace signaling::bench_load
