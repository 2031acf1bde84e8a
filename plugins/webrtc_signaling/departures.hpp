#pragma once
// Sockets that are gone and must go from their rooms. Nobody is there to hear of a failure, so these are tried again until
// presence answers: else a dead peer would stay in the list for good.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace signaling::webrtc_signaling {

struct Loop;

/// One loop's. The room hears of a departure once it is certain, and only where the member was still there (a node that was
/// taken for lost has been announced already).
class Departures {
 public:
  /// Those that presence could not take; beyond this many the rest is given up and logged.
  static constexpr std::size_t max_waiting = 100'000;

  explicit Departures(Loop& loop) : loop_(loop) {}
  Departures(const Departures&) = delete;
  Departures& operator=(const Departures&) = delete;

  /// Reason told: `disconnected`.
  void depart(std::string_view core_room, std::string_view id) { try_to_depart({std::string(core_room), std::string(id)}); }
  std::size_t waiting() const noexcept { return waiting_.size(); }

 private:
  struct Departure {
    std::string core_room;
    std::string id;
  };
  void try_to_depart(Departure departure);
  void on_failure(Departure departure);
  void start_timer();
  void try_again();

  Loop& loop_;
  std::deque<Departure> waiting_;
  bool has_timer_ = false;
  std::uint32_t delay_ms_ = 0;  ///< of the last timer; 0: presence answers
};

}  // namespace signaling::webrtc_signaling
