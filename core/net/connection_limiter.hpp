#pragma once
// How many connections there are, in all and per address. Shared by all loops of a server; any thread.

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include <signaling/base/clock.hpp>
#include <signaling/net/peer_address.hpp>

namespace signaling::net {

class ConnectionLimiter {
 public:
  enum class Verdict : std::uint8_t { accepted, too_many, too_many_of_address };

  ConnectionLimiter(std::size_t max_connections, std::size_t max_per_address) noexcept;
  /// For connections to come; those there are stay, however many.
  void set_limits(std::size_t max_connections, std::size_t max_per_address) noexcept;
  /// `accepted` is paid back with one `release`. The address is not counted where it is a proxy's, which many clients share.
  Verdict acquire(const PeerAddress& address, bool counts_address = true);
  /// @param counts_address  as of `acquire`, or what became of it since
  void release(const PeerAddress& address, bool counts_address = true) noexcept;
  /// For a connection that is counted in all, and whose client becomes known, or another: false where the address has as many
  /// as it may. `true` is paid back with `release_address`, or with a `release` that counts the address.
  bool acquire_address(const PeerAddress& address);
  void release_address(const PeerAddress& address) noexcept;
  std::size_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
  /// @return false where connections are left when the time is over.
  bool wait_until_none(base::TimePoint deadline);

 private:
  struct Hash {
    std::size_t operator()(const PeerAddress& address) const noexcept { return address.hash(); }
  };
  struct Shard {
    std::mutex mutex;  ///< guards counts
    std::unordered_map<PeerAddress, std::uint32_t, Hash> counts;
  };
  Shard& shard_of(const PeerAddress& key) noexcept { return shards_[(key.hash() >> 8) % shards_.size()]; }

  std::atomic<std::size_t> max_connections_;
  std::atomic<std::size_t> max_per_address_;
  std::atomic<std::size_t> count_{0};
  std::array<Shard, 16> shards_;
  std::mutex mutex_;  ///< of none_left_
  std::condition_variable none_left_;
};

}  // namespace signaling::net
