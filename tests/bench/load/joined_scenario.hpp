#pragma once
// A scenario whose clients are members of rooms: client i is member i % R of room i / R, and joins when it is connected.

#include <cstdint>
#include <string_view>

#include "opening.hpp"
#include "scenario.hpp"

namespace signaling::bench_load {

class JoinedScenario : public Scenario {
 public:
  JoinedScenario(Crowd& crowd, const Settings& settings) : Scenario(crowd, settings), opening_(crowd) {}

  void on_ready(Client& client) override { send_request(client, "join", join_id); }
  void on_ack(Client& client, std::uint32_t id, std::string_view answer, std::int64_t now_ns) override;
  bool is_prepared() const override { return opening_.is_complete(); }
  void on_turn(std::int64_t) override { opening_.advance(); }

 protected:
  static constexpr std::uint32_t join_id = 1;

  std::size_t room_count() const { return settings_.clients / settings_.room_size; }
  std::uint32_t room_of(const Client& client) const { return client.index / static_cast<std::uint32_t>(settings_.room_size); }
  std::uint32_t member_of(const Client& client) const { return client.index % static_cast<std::uint32_t>(settings_.room_size); }
  Client& client_of(std::uint32_t room, std::uint32_t member) { return crowd_.clients()[room * settings_.room_size + member]; }

  /// One more client is where the scenario wants it.
  void on_member() { opening_.on_done(); }
  /// Emits `["join",{"room":…}]` or another event that has only the room, with an acknowledgement.
  void send_request(Client& client, std::string_view event, std::uint32_t id);
  /// @throws Failure where the answer is not `[{"ok":true…`
  void expect_ok(const Client& client, std::string_view request, std::string_view answer) const;

 private:
  Opening opening_;
};

}  // namespace signaling::bench_load
