#include "relay.hpp"

namespace signaling::bench_load {

Relay::Relay(Crowd& crowd, const Settings& settings)
    : MessageScenario(crowd, settings, "signal", 5'000'000), pairs_(room_count()) {}

void Relay::send_first(std::uint32_t pair, std::uint32_t slot, std::int64_t now_ns) { send_signal(pair, slot % 2, slot, now_ns); }

void Relay::send_due(std::uint64_t index, std::int64_t due_ns) {
  send_signal(static_cast<std::uint32_t>(index % pairs_.size()), index / pairs_.size() % 2, 0, due_ns);
}

void Relay::send_signal(std::uint32_t pair, std::uint32_t sender, std::uint32_t slot, std::int64_t time_ns) {
  to_.assign(",\"to\":\"").append(client_of(pair, 1 - sender).id).append("\"");
  const Mark mark{.room = pair, .sender = sender, .slot = slot, .sequence = ++pairs_[pair][sender].sent, .time_ns = time_ns};
  send_marked(to_, mark, 1);
}

bool Relay::is_expected(const Client& client, const Mark& mark) {
  if (mark.room != room_of(client) || mark.sender != 1 - member_of(client) || mark.slot >= settings_.in_flight) return false;
  Direction& direction = pairs_[mark.room][mark.sender];
  if (mark.sequence <= direction.received || mark.sequence > direction.sent) return false;
  counts_.errors += mark.sequence - direction.received - 1;
  direction.received = mark.sequence;
  return true;
}

void Relay::on_delivery(const Client& client, const Mark& mark, std::int64_t now_ns) {
  ++counts_.operations;
  if (is_sending() && !settings_.is_open) send_signal(mark.room, member_of(client), mark.slot, now_ns);
}

}  // namespace signaling::bench_load
