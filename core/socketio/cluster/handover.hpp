#pragma once
// What one batch of messages gives the loops to do: bounded, and one post per loop.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <signaling/socketio/counters.hpp>

#include "cluster_loop.hpp"
#include "work.hpp"

namespace signaling::socketio::cluster {

/// Never waits: what a loop has no room for is dropped and counted. References outlive it and what it posts.
class Handover {
 public:
  Handover(const std::vector<std::unique_ptr<ClusterLoop>>& loops, ClusterCounters& counters, std::size_t max_queue_bytes)
      : loops_(loops), counters_(counters), max_queue_bytes_(max_queue_bytes), batches_(loops.size()) {}

  std::size_t loop_count() const noexcept { return loops_.size(); }
  /// `bytes`: of the message that the work comes from. Throws MalformedMessage where there is no such loop.
  void give_to(std::size_t loop, std::size_t bytes, std::shared_ptr<Work> work) { add(loop, bytes, {std::move(work), {}}); }
  /// To loops as bits.
  void give(std::uint64_t loops, std::size_t bytes, const std::shared_ptr<Work>& work);
  /// Most messages are answers to `emit_to_member`: those need no object of their own.
  void give_status(std::size_t loop, std::size_t bytes, const MemberStatus& status) { add(loop, bytes, {nullptr, status}); }
  void post();

 private:
  struct Item {
    std::shared_ptr<Work> work;
    MemberStatus status;
  };
  struct Batch {
    std::vector<Item> items;
    std::size_t bytes = 0;
  };
  void add(std::size_t loop, std::size_t bytes, Item&& item);

  const std::vector<std::unique_ptr<ClusterLoop>>& loops_;
  ClusterCounters& counters_;
  const std::size_t max_queue_bytes_;
  std::vector<Batch> batches_;
};

}  // namespace signaling::socketio::cluster
