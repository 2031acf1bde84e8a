#pragma once
// Clients that only answer pings; with --greeting, after each has told its room one message, so that what a connection keeps of
// its first message (a compressor) is there.

#include <cstdint>

#include "joined_scenario.hpp"

namespace signaling::bench_load {

/// Operations: pings answered. No latency.
class Idle : public JoinedScenario {
 public:
  Idle(Crowd& crowd, const Settings& settings);

  void on_ready(Client& client) override;
  void on_event(Client& client, std::string_view packet, std::int64_t now_ns) override;
  bool is_prepared() const override { return JoinedScenario::is_prepared() && heard_ == expected_; }
  void on_turn(std::int64_t now_ns) override;
  void start(std::int64_t) override {}
  void stop() override {}
  bool is_settled() const override { return true; }
  std::uint64_t lost() const override { return 0; }

 private:
  void greet(Client& client);

  const std::uint64_t expected_;  // greetings to be heard, all clients together
  std::uint64_t heard_ = 0;
  bool has_greeted_ = false;
};

}  // namespace signaling::bench_load
