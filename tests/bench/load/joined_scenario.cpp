#include "joined_scenario.hpp"

#include <string>

#include "failure.hpp"

namespace signaling::bench_load {

void JoinedScenario::on_ack(Client& client, std::uint32_t, std::string_view answer, std::int64_t) {
  expect_ok(client, "join", answer);
  on_member();
}

void JoinedScenario::send_request(Client& client, std::string_view event, std::uint32_t id) {
  std::string text = "42" + std::to_string(id);
  text.append("[\"").append(event).append("\",{\"room\":\"bench-").append(std::to_string(room_of(client))).append("\"}]");
  crowd_.send(client, text);
}

void JoinedScenario::expect_ok(const Client& client, std::string_view request, std::string_view answer) const {
  if (answer.starts_with("[{\"ok\":true")) return;
  throw Failure("client " + std::to_string(client.index) + ": " + std::string(request) + " was answered " +
                std::string(answer.substr(0, 200)));
}

}  // namespace signaling::bench_load
