#pragma once
// Signals to one peer, in rooms of two. Closed: K signals are on their way in each pair, and each is answered by one the other
// way. Open: one pair after the other at a fixed rate, both directions in turn, without answers.

#include <array>
#include <vector>

#include "message_scenario.hpp"

namespace signaling::bench_load {

/// Operations: signals that arrived.
class Relay : public MessageScenario {
 public:
  Relay(Crowd& crowd, const Settings& settings);

 private:
  struct Direction {
    std::uint32_t sent = 0;
    std::uint32_t received = 0;
  };

  void send_first(std::uint32_t pair, std::uint32_t slot, std::int64_t now_ns) override;
  void send_due(std::uint64_t index, std::int64_t due_ns) override;
  bool is_expected(const Client& client, const Mark& mark) override;
  void on_delivery(const Client& client, const Mark& mark, std::int64_t now_ns) override;
  void send_signal(std::uint32_t pair, std::uint32_t sender, std::uint32_t slot, std::int64_t time_ns);

  std::vector<std::array<Direction, 2>> pairs_;  // by pair and sender
  std::string to_;                               // field of the signal being written
};

}  // namespace signaling::bench_load
