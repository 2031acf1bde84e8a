#include "idle.hpp"

#include <string>

namespace signaling::bench_load {

Idle::Idle(Crowd& crowd, const Settings& settings)
    : JoinedScenario(crowd, settings),
      expected_(settings.greeting_bytes > 0 ? settings.clients * (settings.room_size - 1) : 0) {}

void Idle::on_ready(Client& client) {
  if (settings_.greeting_bytes > 0) return JoinedScenario::on_ready(client);
  on_member();
}

void Idle::on_event(Client&, std::string_view packet, std::int64_t) {
  if (packet.starts_with("[\"message\",") && packet.size() > settings_.greeting_bytes) ++heard_;
}

void Idle::on_turn(std::int64_t now_ns) {
  JoinedScenario::on_turn(now_ns);
  counts_.operations = crowd_.pings();
  if (expected_ == 0 || has_greeted_ || !JoinedScenario::is_prepared()) return;
  has_greeted_ = true;
  for (Client& client : crowd_.clients()) greet(client);
}

void Idle::greet(Client& client) {
  std::string text = "42[\"message\",{\"room\":\"bench-" + std::to_string(room_of(client)) + "\",\"data\":\"";
  text.append(settings_.greeting_bytes, 'x').append("\"}]");
  crowd_.send(client, text);
}

}  // namespace signaling::bench_load
