#include "departures.hpp"

#include <algorithm>
#include <utility>

#include <signaling/plugin_api/callbacks.hpp>

#include "announcements.hpp"
#include "loop.hpp"
#include "socket_state.hpp"

namespace signaling::webrtc_signaling {

using plugin_api::Status;

namespace {
constexpr std::uint32_t first_delay_ms = 500;
constexpr std::uint32_t max_delay_ms = 10'000;
/// Tried at once by one timer, so that a backend that has just come back is not flooded.
constexpr std::size_t batch = 500;
}  // namespace

void Departures::try_to_depart(Departure departure) {
  // The views must outlive the move into the handler, hence a copy of what the call is asked with.
  const std::string room = departure.core_room.substr(core_room_prefix.size());
  const std::string id = departure.id;
  loop_.presence.remove(room, id,
                        plugin_api::make_presence_handler([this, departure = std::move(departure)](
                                                              Status status, std::uint64_t mark, bool existed, auto) mutable {
                          if (status != Status::ok) {
                            on_failure(std::move(departure));
                            return;
                          }
                          delay_ms_ = 0;
                          if (existed) announce_left(loop_, departure.core_room, departure.id, "disconnected", mark);
                        }));
}

void Departures::on_failure(Departure departure) {
  if (waiting_.size() >= max_waiting) {
    loop_.host.log(plugin_api::LogLevel::error,
                   "presence has not answered for so long that a peer that left stays listed until this node ends: room \"" +
                       departure.core_room.substr(core_room_prefix.size()) + "\", id " + departure.id);
    return;
  }
  if (delay_ms_ == 0) {
    loop_.host.log(plugin_api::LogLevel::warn, "presence does not answer: peers that left are removed once it does");
  }
  waiting_.push_back(std::move(departure));
  loop_.metrics.departures_waiting->add(1);
  start_timer();
}

void Departures::start_timer() {
  if (std::exchange(has_timer_, true)) return;
  delay_ms_ = delay_ms_ == 0 ? first_delay_ms : std::min(2 * delay_ms_, max_delay_ms);
  loop_.host.start_timer(delay_ms_, plugin_api::make_task([this] {
                           has_timer_ = false;
                           try_again();
                         }));
}

void Departures::try_again() {
  std::deque<Departure> now;
  while (!waiting_.empty() && now.size() < batch) {
    now.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    loop_.metrics.departures_waiting->add(-1);
  }
  for (auto& departure : now) try_to_depart(std::move(departure));
  if (!waiting_.empty()) start_timer();
}

}  // namespace signaling::webrtc_signaling
