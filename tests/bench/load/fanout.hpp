#pragma once
// Messages to rooms. Closed: K messages are on their way in each room; when all others have one, the next member sends the
// next. Open: one room after the other, one member after the other, at a fixed rate.

#include <vector>

#include "message_scenario.hpp"

namespace signaling::bench_load {

/// Operations: messages that all others have.
class Fanout : public MessageScenario {
 public:
  Fanout(Crowd& crowd, const Settings& settings);

 private:
  struct Room {
    std::uint32_t next_sender = 0;
    std::vector<std::uint32_t> remaining;  ///< by slot: members that do not have its message yet
    std::vector<std::uint32_t> sent;       ///< by sender: its last sequence
    std::vector<std::uint32_t> received;   ///< by sender, then receiver: the last sequence that came
  };

  void send_first(std::uint32_t room, std::uint32_t slot, std::int64_t now_ns) override { send_next(room, slot, now_ns); }
  void send_due(std::uint64_t index, std::int64_t due_ns) override;
  bool is_expected(const Client& client, const Mark& mark) override;
  void on_delivery(const Client& client, const Mark& mark, std::int64_t now_ns) override;
  void send_next(std::uint32_t room, std::uint32_t slot, std::int64_t time_ns);

  std::vector<Room> rooms_;
};

}  // namespace signaling::bench_load
