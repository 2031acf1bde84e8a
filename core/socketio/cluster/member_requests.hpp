#pragma once
// Events for single sockets of other nodes whose outcome somebody waits for.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/base/sid.hpp>
#include <signaling/base/timer_queue.hpp>

#include "handler_ref.hpp"
#include "loop_server.hpp"
#include "outlet.hpp"

namespace signaling::socketio::cluster {

/// One per loop; on it. In steady state nothing is allocated: slots are used again, and one timer serves all.
///
/// A message that requires a room travels on the room's channel, to keep its place among the broadcasts. A node where nobody is
/// in that room hears nothing, and could not say so: what has no answer after `check_after` is asked for on the node's own
/// channel.
class MemberRequests final : private base::Timer {
 public:
  static constexpr base::Milliseconds check_after{100};

  MemberRequests(LoopServer& loop, Outlet& outlet) : loop_(loop), outlet_(outlet) {}

  std::size_t size() const noexcept { return slots_.size() - free_.size(); }
  /// Number for the message.
  std::uint64_t add(const base::Sid& target, std::string_view namespace_name, std::string_view room,
                    HandlerRef<plugin_api::StatusHandler> handler);
  /// Gives the handler back where the message could not be sent; nullptr where it has been told.
  HandlerRef<plugin_api::StatusHandler> take(std::uint64_t request);
  /// An answer has come, perhaps twice or too late.
  void resolve(std::uint64_t request, plugin_api::Status status);
  /// The node is gone: its sockets with it.
  void lose(std::string_view tag);

 private:
  struct Slot {
    std::uint32_t generation = 0;
    HandlerRef<plugin_api::StatusHandler> handler;
    base::Sid target;
    std::string namespace_name;
    std::string room;
  };
  struct Waiting {
    std::uint64_t request;
    base::TimePoint asked;
  };

  void on_timer(base::TimePoint now) override;
  Slot* find(std::uint64_t request) noexcept;
  HandlerRef<plugin_api::StatusHandler> release(Slot& slot);
  void check(std::uint64_t request, const Slot& slot);
  void arm(base::TimePoint now);

  LoopServer& loop_;
  Outlet& outlet_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::deque<Waiting> order_;  // in the order in which they were asked; those told meanwhile are passed over
  std::size_t unchecked_ = 0;  // first in order_ that was not checked
  base::TimePoint due_{};      // of the timer, where it is armed
};

}  // namespace signaling::socketio::cluster
