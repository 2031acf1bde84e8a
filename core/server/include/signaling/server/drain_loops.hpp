#pragma once
// The part of the event loops in a node's leaving: does what `Drain` decides, and counts what is left.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include <signaling/base/event_loop.hpp>
#include <signaling/engine/engine.hpp>
#include <signaling/forwarding/forwarding.hpp>
#include <signaling/server/drain.hpp>
#include <signaling/server/loop_metrics.hpp>

namespace signaling::server {

/// On one thread, which is no loop; work is posted to the loops, so that none of them ever waits. Outlived by what it refers
/// to, and by the loops' last turn.
class DrainLoops {
 public:
  struct Loop {
    base::EventLoop* loop;
    engine::Engine* engine;
    forwarding::Forwarding* forwarding;
    const EngineCounters* counters;
  };

  DrainLoops(const std::vector<Loop>& loops, std::uint64_t seed);
  ~DrainLoops();
  DrainLoops(const DrainLoops&) = delete;
  DrainLoops& operator=(const DrainLoops&) = delete;

  /// Gives each loop its share of the step.
  void perform(const DrainStep& step);
  /// What the loops reported last; `connections` is the caller's to fill.
  DrainSight sight() const;

 private:
  struct Part;
  std::vector<std::unique_ptr<Part>> parts_;
  bool has_moved_all_ = false;
};

}  // namespace signaling::server
