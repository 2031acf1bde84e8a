#pragma once
// Members leave their room and join it again, K at a time in each room, each step acknowledged.

#include <vector>

#include "joined_scenario.hpp"

namespace signaling::bench_load {

/// Operations: pairs of leave and join. Deliveries: `peer-left` and `peer-joined`. Latency: of a pair, up to the second
/// acknowledgement.
class Rejoin : public JoinedScenario {
 public:
  Rejoin(Crowd& crowd, const Settings& settings);

  void on_event(Client& client, std::string_view packet, std::int64_t now_ns) override;
  void on_ack(Client& client, std::uint32_t id, std::string_view answer, std::int64_t now_ns) override;
  void start(std::int64_t now_ns) override;
  void stop() override { is_running_ = false; }
  bool is_settled() const override { return busy_ == 0 && lost() == 0; }
  /// Of announcements; only known where one member of a room is away at a time and all are on one node.
  std::uint64_t lost() const override;

 private:
  static constexpr std::uint32_t leave_id = 2;
  static constexpr std::uint32_t rejoin_id = 3;

  void begin_next(std::uint32_t room, std::int64_t now_ns);
  bool counts_announcements() const { return settings_.in_flight == 1 && settings_.ports.size() == 1; }

  std::vector<std::uint32_t> next_members_;  // by room
  std::vector<std::int64_t> begun_ns_;       // by client; 0: not away
  std::uint64_t busy_ = 0;
  std::uint64_t expected_ = 0;  // announcements
  std::uint64_t heard_ = 0;
  bool has_started_ = false;
  bool is_running_ = false;
};

}  // namespace signaling::bench_load
