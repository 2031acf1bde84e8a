#include "bucket_table.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

namespace signaling::rate_limit {

/// All zero: free. A bucket that is full again is nearly as good as free.
struct BucketTable::Place {
  BucketKey key;
  Level level;
  float tokens_per_ms;  ///< 0: free
  float untold;         ///< tokens that no report had
  std::uint32_t slot;
  std::uint32_t next;  ///< in the shard's list of reports: 0: in none, else its place + 1, or `none` at the end

  double full_at_ms() const noexcept {
    return tokens_per_ms == 0 ? -1 : static_cast<double>(level.at_ms) + level.tokens / static_cast<double>(tokens_per_ms);
  }
};

struct alignas(64) BucketTable::Shard {
  std::mutex mutex;
  std::atomic<std::uint32_t> first_report = none;  ///< place + 1; written under the mutex
};

namespace {

/// One of the functions of wyhash (public domain): the product of two words, folded. Whoever knows neither seed cannot choose
/// keys that meet.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Zeroed pages of the system, each of which takes memory once it is written to.
void* zeroed(std::size_t number, std::size_t size) {
  void* memory = std::calloc(number, size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

BucketTable::BucketTable(std::size_t places, Seed seed)
    : seed_(seed),
      set_count_(std::bit_ceil(std::max(places, shards * ways)) / ways),
      shards_(std::make_unique<Shard[]>(shards)),
      table_(static_cast<Place*>(zeroed(set_count_ * ways, sizeof(Place)))) {
  static_assert(sizeof(Place) == 48 && std::is_trivially_destructible_v<Place>);
}

BucketTable::~BucketTable() { std::free(table_); }

std::size_t BucketTable::set_of(const BucketKey& key, std::uint32_t slot) const noexcept {
  const std::uint64_t once = fold(key.high ^ seed_.first, key.low ^ seed_.second);
  return fold(once ^ seed_.second, slot + seed_.first) & (set_count_ - 1);
}

BucketTable::Shard& BucketTable::shard_of(std::size_t set) const noexcept { return shards_[set % shards]; }

BucketTable::Place* BucketTable::find(std::size_t set, const BucketKey& key, std::uint32_t slot) const noexcept {
  Place* const first = table_ + set * ways;
  Place* const found = std::find_if(first, first + ways, [&](const Place& place) {
    return place.key == key && place.slot == slot && place.tokens_per_ms != 0;
  });
  return found == first + ways ? nullptr : found;
}

BucketTable::Place& BucketTable::find_or_make(std::size_t set, const BucketKey& key, const Rule& rule, std::int64_t now_ms) {
  if (Place* found = find(set, key, rule.slot)) return *found;
  Place* const first = table_ + set * ways;
  Place& chosen =
      *std::min_element(first, first + ways, [](const Place& a, const Place& b) { return a.full_at_ms() < b.full_at_ms(); });
  if (chosen.full_at_ms() > static_cast<double>(now_ms)) evicted_.fetch_add(1, std::memory_order_relaxed);
  // It stays in the list of reports, if it was there: the new bucket is then looked at for nothing, at worst.
  chosen = {key, {0, now_ms}, 0, 0, rule.slot, chosen.next};
  return chosen;
}

void BucketTable::mark(Shard& shard, Place& place, const Rule& rule) {
  if (place.next != 0 || place.untold <= 0) return;
  if (static_cast<double>(place.untold) * 8 < rule.bounds.burst && place.level.tokens * 2 < rule.bounds.burst) return;
  place.next = shard.first_report.load(std::memory_order_relaxed);
  shard.first_report.store(static_cast<std::uint32_t>(&place - table_) + 1, std::memory_order_relaxed);
}

Taken BucketTable::take(const BucketKey& key, const Rule& rule, double amount, std::int64_t now_ms, bool is_told) {
  const std::size_t set = set_of(key, rule.slot);
  Shard& shard = shard_of(set);
  const std::lock_guard lock(shard.mutex);
  Place& place = find_or_make(set, key, rule, now_ms);
  // What was taken longer ago than it takes to fill the bucket need not be told any more.
  const auto idle_ms = static_cast<double>(now_ms - place.level.at_ms);
  if (idle_ms * rule.bounds.tokens_per_ms > rule.bounds.burst) place.untold = 0;
  place.tokens_per_ms = static_cast<float>(rule.bounds.tokens_per_ms);
  const Taken taken = place.level.take(rule.bounds, amount, now_ms);
  if (taken.is_taken && rule.is_shared && !is_told) {
    place.untold += static_cast<float>(amount);
    mark(shard, place, rule);
  }
  return taken;
}

void BucketTable::give_back(const BucketKey& key, const Rule& rule, double amount, bool is_told) {
  const std::size_t set = set_of(key, rule.slot);
  const std::lock_guard lock(shard_of(set).mutex);
  Place* place = find(set, key, rule.slot);
  if (place == nullptr) return;
  place->level.give_back(amount);
  if (!is_told) place->untold = std::max(0.0F, place->untold - static_cast<float>(amount));
}

void BucketTable::add_untold(const BucketKey& key, const Rule& rule, double amount) {
  const std::size_t set = set_of(key, rule.slot);
  Shard& shard = shard_of(set);
  const std::lock_guard lock(shard.mutex);
  Place* place = find(set, key, rule.slot);
  if (place == nullptr) return;
  place->untold += static_cast<float>(amount);
  mark(shard, *place, rule);
}

void BucketTable::set_level(const BucketKey& key, const Rule& rule, double tokens, std::int64_t now_ms) {
  const std::size_t set = set_of(key, rule.slot);
  const std::lock_guard lock(shard_of(set).mutex);
  Place* place = find(set, key, rule.slot);
  if (place == nullptr) return;
  place->level = {tokens + static_cast<double>(place->untold), std::max(place->level.at_ms, now_ms)};
}

void BucketTable::collect(std::vector<Report>& reports, std::size_t most) {
  const std::size_t begin = next_shard_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < shards; ++i) {
    Shard& shard = shards_[(begin + i) % shards];
    // Mostly there is nothing, and what comes this moment is for the next time.
    if (shard.first_report.load(std::memory_order_relaxed) == none) continue;
    const std::lock_guard lock(shard.mutex);
    for (std::uint32_t first = 0; (first = shard.first_report.load(std::memory_order_relaxed)) != none;) {
      if (reports.size() == most) {
        next_shard_.store((begin + i) % shards, std::memory_order_relaxed);
        return;
      }
      Place& place = table_[first - 1];
      shard.first_report.store(std::exchange(place.next, 0), std::memory_order_relaxed);
      if (place.untold <= 0) continue;
      reports.push_back({place.key, place.slot, static_cast<double>(std::exchange(place.untold, 0.0F))});
    }
  }
}

}  // namespace signaling::rate_limit
