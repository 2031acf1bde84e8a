#include "message_scenario.hpp"

#include "failure.hpp"

namespace signaling::bench_load {

MessageScenario::MessageScenario(Crowd& crowd, const Settings& settings, std::string_view event, std::uint64_t most_outstanding)
    : JoinedScenario(crowd, settings),
      event_(event),
      packet_start_("[\"" + std::string(event) + "\","),
      most_outstanding_(most_outstanding) {}

void MessageScenario::start(std::int64_t now_ns) {
  is_sending_ = true;
  if (settings_.is_open) {
    schedule_ = Schedule(now_ns, settings_.rate);
    return;
  }
  for (std::uint32_t room = 0; room < room_count(); ++room) {
    for (std::uint32_t slot = 0; slot < settings_.in_flight; ++slot) send_first(room, slot, now_ns);
  }
}

void MessageScenario::on_turn(std::int64_t now_ns) {
  JoinedScenario::on_turn(now_ns);
  for (; next_due_ns() <= now_ns; schedule_.advance()) {
    if (outstanding_ > most_outstanding_) throw Failure("--rate is beyond what the server delivers");
    send_due(schedule_.index(), schedule_.due_ns());
  }
}

void MessageScenario::on_event(Client& client, std::string_view packet, std::int64_t now_ns) {
  if (!packet.starts_with(packet_start_)) return;
  Mark mark;
  if (!find_mark(packet, settings_.bytes, mark) || !is_expected(client, mark)) {
    ++counts_.errors;
    return;
  }
  ++counts_.deliveries;
  --outstanding_;
  latency_.add(now_ns - mark.time_ns);
  on_delivery(client, mark, now_ns);
}

void MessageScenario::send_marked(std::string_view more, const Mark& mark, std::uint64_t deliveries) {
  outstanding_ += deliveries;
  text_.assign("42[\"").append(event_).append("\",{\"room\":\"bench-").append(std::to_string(mark.room)).append("\"");
  text_.append(more).append(",\"data\":\"");
  append_mark(text_, mark, settings_.bytes);
  text_.append("\"}]");
  crowd_.send(client_of(mark.room, mark.sender), text_);
}

}  // namespace signaling::bench_load
