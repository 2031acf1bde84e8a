#include "handover.hpp"

#include <bit>
#include <exception>
#include <utility>

namespace signaling::socketio::cluster {
namespace {

constexpr std::size_t item_overhead = 128;

}  // namespace

void Handover::give(std::uint64_t loops, std::size_t bytes, const std::shared_ptr<Work>& work) {
  for (; loops != 0; loops &= loops - 1) give_to(static_cast<std::size_t>(std::countr_zero(loops)), bytes, work);
}

void Handover::add(std::size_t loop, std::size_t bytes, Item&& item) {
  if (loop >= batches_.size()) throw MalformedMessage("no such loop");
  bytes += item_overhead;
  Batch& batch = batches_[loop];
  const std::size_t queued = loops_[loop]->queued_bytes.load(std::memory_order_relaxed);
  if (queued + batch.bytes + bytes > max_queue_bytes_) return counters_.drop(ClusterDrop::queue_full);
  batch.items.push_back(std::move(item));
  batch.bytes += bytes;
}

void Handover::post() {
  for (std::size_t i = 0; i < batches_.size(); ++i) {
    if (batches_[i].items.empty()) continue;
    ClusterLoop& at = *loops_[i];
    at.queued_bytes.fetch_add(batches_[i].bytes, std::memory_order_relaxed);
    ClusterCounters::add(counters_.queued_bytes, batches_[i].bytes);
    at.loop.event_loop().post([&at, &counters = counters_, batch = std::move(batches_[i])]() mutable {
      for (Item& item : batch.items) {
        try {
          if (item.work) {
            item.work->run(at);
          } else {
            at.members.resolve(item.status.request, status_of(item.status.status));
          }
        } catch (const std::exception&) {
          counters.drop(ClusterDrop::malformed);
        }
        item.work.reset();
      }
      at.queued_bytes.fetch_sub(batch.bytes, std::memory_order_relaxed);
      ClusterCounters::subtract(counters.queued_bytes, batch.bytes);
    });
  }
}

}  // namespace signaling::socketio::cluster
