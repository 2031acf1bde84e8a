#include <signaling/server/loop_watch.hpp>

namespace signaling::server {

void LoopWatch::watch(const std::vector<base::EventLoop*>& loops) {
  for (base::EventLoop* each : loops) {
    const auto loop = std::make_shared<Loop>();
    loop->index = each->index();
    loops_.push_back(loop);
    each->post([loop] { loop->running.store(&socketio::running_call, std::memory_order_release); });
  }
}

void LoopWatch::forget() { loops_.clear(); }

void LoopWatch::tick(base::TimePoint now) {
  for (const auto& loop : loops_) look(*loop, now);
}

void LoopWatch::look(Loop& loop, base::TimePoint now) {
  const socketio::RunningCall* const running = loop.running.load(std::memory_order_acquire);
  if (running == nullptr) return;
  const std::uintptr_t who = running->who.load(std::memory_order_acquire);
  const std::int64_t since_ns = running->since_ns.load(std::memory_order_relaxed);
  // What is read here may be of two calls; then it is another pair the next time.
  if (who == 0 || who != loop.who || since_ns != loop.since_ns) {
    loop.who = who;
    loop.since_ns = since_ns;
    loop.begin = since_ns > 0 ? base::TimePoint(std::chrono::nanoseconds(since_ns)) : now;
    loop.next_telling = told_after;
    return;
  }
  const base::Duration time = now - loop.begin;
  if (time < loop.next_telling) return;
  const std::uint32_t plugin = hooks_.plugin_of(who);
  hooks_.on_blocked(plugin, loop.index, running->kind.load(std::memory_order_relaxed),
                    std::chrono::duration_cast<std::chrono::milliseconds>(time), loop.next_telling == told_after);
  loop.next_telling = time * 2;
}

}  // namespace signaling::server
