#include <algorithm>
#include <atomic>

#include <signaling/server/drain_loops.hpp>

namespace signaling::server {

/// Of one loop. The numbers are written by it and read by the thread that drains; `round` last, so that it vouches for them.
struct DrainLoops::Part {
  Loop target;
  std::mt19937_64 random;  ///< the loop's alone
  std::atomic<std::size_t> polling{0};
  std::atomic<std::size_t> unmoved{0};
  std::atomic<std::size_t> clients{0};
  std::atomic<std::uint64_t> round{0};

  Part(const Loop& loop, std::uint64_t seed) : target(loop), random(seed) {}

  void perform(const DrainStep& step, std::size_t share) {
    if (step.refuses_handshakes) target.engine->refuse_handshakes();
    if (step.moves_all) {
      target.engine->close_all();
      target.forwarding->drain();
    } else if (share != 0) {
      // Clients that came for sessions elsewhere are as likely to be among them as those of this node.
      const std::size_t guests = guest_count();
      const std::size_t own = open_count();
      std::size_t guest_share = share * guests / std::max<std::size_t>(1, guests + own);
      const std::size_t closed = target.engine->close_some(share - guest_share, random);
      guest_share = share - closed;
      if (guest_share != 0) target.forwarding->end_some(guest_share, random);
    }
    report(step.round);
  }

  void report(std::uint64_t number) {
    const std::size_t sessions = target.engine->session_count();
    const std::size_t on_websocket = open_count(engine::TransportName::websocket);
    polling.store(sessions - std::min(sessions, on_websocket), std::memory_order_relaxed);
    unmoved.store(open_count() + guest_count(), std::memory_order_relaxed);
    clients.store(sessions + guest_count(), std::memory_order_relaxed);
    round.store(number, std::memory_order_release);
  }

  std::size_t open_count(engine::TransportName transport) const {
    return target.counters->sessions[static_cast<std::size_t>(transport)].value();
  }
  std::size_t open_count() const {
    return open_count(engine::TransportName::polling) + open_count(engine::TransportName::websocket);
  }
  std::size_t guest_count() const {
    const forwarding::Counters& counters = target.forwarding->counters();
    return counters.waiting.value() + counters.tunnels.value();
  }
};

DrainLoops::DrainLoops(const std::vector<Loop>& loops, std::uint64_t seed) {
  for (const Loop& loop : loops) parts_.push_back(std::make_unique<Part>(loop, seed + parts_.size()));
}

DrainLoops::~DrainLoops() = default;

void DrainLoops::perform(const DrainStep& step) {
  DrainStep once = step;
  once.moves_all = step.moves_all && !has_moved_all_;
  has_moved_all_ = step.moves_all;
  std::vector<std::size_t> unmoved;
  for (const auto& part : parts_) unmoved.push_back(part->unmoved.load(std::memory_order_relaxed));
  const std::vector<std::size_t> shares = share_out(step.move, unmoved);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Part& part = *parts_[i];
    part.target.loop->post([&part, once, share = shares[i]] { part.perform(once, share); });
  }
}

DrainSight DrainLoops::sight() const {
  DrainSight sight;
  for (const auto& part : parts_) {
    const std::uint64_t round = part->round.load(std::memory_order_acquire);
    sight.round = part == parts_.front() ? round : std::min(sight.round, round);
    sight.polling += part->polling.load(std::memory_order_relaxed);
    sight.unmoved += part->unmoved.load(std::memory_order_relaxed);
    sight.clients += part->clients.load(std::memory_order_relaxed);
  }
  return sight;
}

}  // namespace signaling::server
