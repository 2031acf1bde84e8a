#pragma once
// Clients that only answer pings.

#include "opening.hpp"
#include "scenario.hpp"

namespace signaling::bench_load {

/// Operations: pings answered. No latency.
class Idle : public Scenario {
 public:
  Idle(Crowd& crowd, const Settings& settings) : Scenario(crowd, settings), opening_(crowd) {}

  void on_ready(Client&) override { opening_.on_done(); }
  bool is_prepared() const override { return opening_.is_complete(); }
  void on_turn(std::int64_t) override {
    opening_.advance();
    counts_.operations = crowd_.pings();
  }
  void start(std::int64_t) override {}
  void stop() override {}
  bool is_settled() const override { return true; }
  std::uint64_t lost() const override { return 0; }

 private:
  Opening opening_;
};

}  // namespace signaling::bench_load
