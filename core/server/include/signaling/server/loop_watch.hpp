#pragma once
// Sees that a plugin holds an event loop while it still does.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include <signaling/base/clock.hpp>
#include <signaling/base/event_loop.hpp>
#include <signaling/server/plugin_hooks.hpp>
#include <signaling/socketio/plugin_call.hpp>

namespace signaling::server {

/// Looks about once a second at what each loop runs; no thread of its own, and nothing on the loops' way but what they note
/// anyway. A call is told when it has run for `told_after`, and again each time it has run twice as long.
class LoopWatch {
 public:
  static constexpr std::chrono::seconds told_after{1};

  explicit LoopWatch(PluginHooks& hooks) : hooks_(hooks) {}

  /// Has each loop say where it notes what it runs. Before the loops end: `forget`. [startup]
  void watch(const std::vector<base::EventLoop*>& loops);
  /// Nothing is looked at any more. [the thread of `tick`]
  void forget();
  /// One thread.
  void tick(base::TimePoint now);

 private:
  struct Loop {
    std::uint32_t index;
    std::atomic<const socketio::RunningCall*> running{nullptr};
    std::uintptr_t who = 0;
    std::int64_t since_ns = 0;
    base::TimePoint begin{};
    base::Duration next_telling{};
  };

  void look(Loop& loop, base::TimePoint now);

  PluginHooks& hooks_;
  std::vector<std::shared_ptr<Loop>> loops_;
};

}  // namespace signaling::server
