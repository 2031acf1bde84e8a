#include "fanout.hpp"

namespace signaling::bench_load {

Fanout::Fanout(Crowd& crowd, const Settings& settings)
    : MessageScenario(crowd, settings, "message", 20'000'000), rooms_(room_count()) {
  const std::size_t size = settings.room_size;
  for (Room& room : rooms_) {
    room.remaining.resize(settings.in_flight);
    room.sent.resize(size);
    room.received.resize(size * size);
  }
}

void Fanout::send_due(std::uint64_t index, std::int64_t due_ns) {
  send_next(static_cast<std::uint32_t>(index % rooms_.size()), 0, due_ns);
}

void Fanout::send_next(std::uint32_t room_number, std::uint32_t slot, std::int64_t time_ns) {
  Room& room = rooms_[room_number];
  const std::uint32_t sender = room.next_sender;
  room.next_sender = (sender + 1) % static_cast<std::uint32_t>(settings_.room_size);
  room.remaining[slot] = static_cast<std::uint32_t>(settings_.room_size - 1);
  const Mark mark{.room = room_number, .sender = sender, .slot = slot, .sequence = ++room.sent[sender], .time_ns = time_ns};
  send_marked({}, mark, settings_.room_size - 1);
}

bool Fanout::is_expected(const Client& client, const Mark& mark) {
  const std::uint32_t member = member_of(client);
  if (mark.room != room_of(client) || mark.sender >= settings_.room_size || mark.sender == member ||
      mark.slot >= settings_.in_flight) {
    return false;
  }
  Room& room = rooms_[mark.room];
  std::uint32_t& last = room.received[mark.sender * settings_.room_size + member];
  if (mark.sequence <= last || mark.sequence > room.sent[mark.sender]) return false;
  counts_.errors += mark.sequence - last - 1;
  last = mark.sequence;
  return true;
}

void Fanout::on_delivery(const Client&, const Mark& mark, std::int64_t now_ns) {
  if (settings_.is_open) {
    counts_.operations = counts_.deliveries / (settings_.room_size - 1);
    return;
  }
  if (--rooms_[mark.room].remaining[mark.slot] != 0) return;
  ++counts_.operations;
  if (is_sending()) send_next(mark.room, mark.slot, now_ns);
}

}  // namespace signaling::bench_load
