#pragma once
// The buckets of addresses or identities: a fixed number of places, whatever comes.
//
// Places are in sets of eight, and a bucket has its place in one of these, by a hash that a stranger cannot guess. Where a set
// is full, the bucket that will be full the soonest gives way: it has the least to tell. So a flood of addresses makes room out
// of its own, one token each, and of those who did little; whoever is at a limit stays at it. Nobody is refused for lack of a
// place.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "bucket_key.hpp"
#include "rule.hpp"

namespace signaling::rate_limit {

/// What this node has taken from one bucket and the other nodes have not been told of.
struct Report {
  BucketKey key;
  std::uint32_t slot = 0;
  double tokens = 0;
};

/// All functions [any thread]: one lock for each of `shards` parts, held for some ten nanoseconds.
class BucketTable {
 public:
  struct Seed {
    std::uint64_t first;
    std::uint64_t second;
  };

  /// @param places  rounded up to the next number that can be shared out; memory is taken as it is used, 48 bytes each
  BucketTable(std::size_t places, Seed seed);
  ~BucketTable();
  BucketTable(const BucketTable&) = delete;
  BucketTable& operator=(const BucketTable&) = delete;

  /// `is_told`: the others hear of it in another way, and it is in no report.
  Taken take(const BucketKey& key, const Rule& rule, double amount, std::int64_t now_ms, bool is_told);
  /// Undoes a `take`; does nothing where the bucket has lost its place since.
  void give_back(const BucketKey& key, const Rule& rule, double amount, bool is_told);
  /// What was taken as told was not, after all.
  void add_untold(const BucketKey& key, const Rule& rule, double amount);
  /// The level that the cluster has; what is untold here comes on top.
  void set_level(const BucketKey& key, const Rule& rule, double tokens, std::int64_t now_ms);
  /// Buckets from which so much was taken that the others should know: an eighth of the burst, or anything where half of it is
  /// gone. Each is then told, until more is taken. At most `most` of them; the others stay for the next time.
  void collect(std::vector<Report>& reports, std::size_t most);

  std::size_t places() const noexcept { return set_count_ * ways; }
  /// Buckets that gave way to another before they were full.
  std::uint64_t evicted() const noexcept { return evicted_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t ways = 8;
  static constexpr std::size_t shards = 64;
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  struct Place;
  struct Shard;

  std::size_t set_of(const BucketKey& key, std::uint32_t slot) const noexcept;
  Shard& shard_of(std::size_t set) const noexcept;
  Place* find(std::size_t set, const BucketKey& key, std::uint32_t slot) const noexcept;
  Place& find_or_make(std::size_t set, const BucketKey& key, const Rule& rule, std::int64_t now_ms);
  void mark(Shard& shard, Place& place, const Rule& rule);

  const Seed seed_;
  const std::size_t set_count_;  ///< a power of two
  std::unique_ptr<Shard[]> shards_;
  Place* const table_;
  std::atomic<std::uint64_t> evicted_{0};
  std::atomic<std::size_t> next_shard_{0};  ///< that `collect` begins with
};

}  // namespace signaling::rate_limit
