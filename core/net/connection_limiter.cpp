#include "connection_limiter.hpp"

namespace signaling::net {

ConnectionLimiter::ConnectionLimiter(std::size_t max_connections, std::size_t max_per_address) noexcept
    : max_connections_(max_connections), max_per_address_(max_per_address) {}

void ConnectionLimiter::set_limits(std::size_t max_connections, std::size_t max_per_address) noexcept {
  max_connections_.store(max_connections, std::memory_order_relaxed);
  max_per_address_.store(max_per_address, std::memory_order_relaxed);
}

ConnectionLimiter::Verdict ConnectionLimiter::acquire(const PeerAddress& address, bool counts_address) {
  if (count_.fetch_add(1, std::memory_order_relaxed) >= max_connections_.load(std::memory_order_relaxed)) {
    count_.fetch_sub(1, std::memory_order_relaxed);
    return Verdict::too_many;
  }
  if (!counts_address || acquire_address(address)) return Verdict::accepted;
  count_.fetch_sub(1, std::memory_order_relaxed);
  return Verdict::too_many_of_address;
}

bool ConnectionLimiter::acquire_address(const PeerAddress& address) {
  // Counted whatever the limit is: it may be set lower later.
  const PeerAddress key = address.limit_key();
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  std::uint32_t& count = shard.counts[key];
  if (count < max_per_address_.load(std::memory_order_relaxed)) {
    ++count;
    return true;
  }
  if (count == 0) shard.counts.erase(key);
  return false;
}

void ConnectionLimiter::release_address(const PeerAddress& address) noexcept {
  const PeerAddress key = address.limit_key();
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto entry = shard.counts.find(key);
  if (entry != shard.counts.end() && --entry->second == 0) shard.counts.erase(entry);
}

void ConnectionLimiter::release(const PeerAddress& address, bool counts_address) noexcept {
  if (counts_address) release_address(address);
  if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    const std::lock_guard lock(mutex_);
    none_left_.notify_all();
  }
}

bool ConnectionLimiter::wait_until_none(base::TimePoint deadline) {
  std::unique_lock lock(mutex_);
  return none_left_.wait_until(lock, deadline, [this] { return count_.load(std::memory_order_acquire) == 0; });
}

}  // namespace signaling::net
