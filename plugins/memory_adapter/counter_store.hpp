#pragma once
// Counters of a node that is alone. Thread-safe by one lock.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include <signaling/plugin_api/counters.hpp>

namespace signaling::memory_adapter {

class CounterStore {
 public:
  explicit CounterStore(std::size_t max_counters) : max_counters_(max_counters) {}

  /// `too_many` where it is a new one, and there are `max_counters` above 0. [any thread]
  plugin_api::CounterLevel take(const plugin_api::CounterTake& take, std::int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    auto found = counters_.find(take.key);
    if (found == counters_.end()) {
      if (take.amount > take.limit) return {plugin_api::Status::ok, false, 0};
      if (take.amount <= 0) return {plugin_api::Status::ok, true, 0};
      sweep(now_ms);
      if (counters_.size() >= max_counters_) return {plugin_api::Status::too_many, false, 0};
      counters_.emplace(std::string(take.key), Counter{take.amount, take.rate / 1'000, now_ms});
      return {plugin_api::Status::ok, true, take.amount};
    }
    Counter& counter = found->second;
    counter.per_ms = take.rate / 1'000;
    const double level = counter.level_at(now_ms);
    const bool is_taken = level + take.amount <= take.limit;
    counter = {is_taken ? std::max(0.0, level + take.amount) : level, counter.per_ms, std::max(now_ms, counter.at_ms)};
    const double left = counter.level;
    if (left <= 0) counters_.erase(found);
    return {plugin_api::Status::ok, is_taken, left};
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return counters_.size();
  }

 private:
  struct Counter {
    double level;
    double per_ms;
    std::int64_t at_ms;
    double level_at(std::int64_t now_ms) const noexcept {
      return now_ms <= at_ms ? level : std::max(0.0, level - static_cast<double>(now_ms - at_ms) * per_ms);
    }
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  // Before as many new ones have come as there are, those at 0 go: each take pays for a few looks.
  void sweep(std::int64_t now_ms) {
    if (counters_.size() < next_sweep_) return;
    std::erase_if(counters_, [now_ms](const auto& entry) { return entry.second.level_at(now_ms) <= 0; });
    next_sweep_ = std::min(max_counters_, std::max<std::size_t>(1'024, 2 * counters_.size()));
  }

  const std::size_t max_counters_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Counter, Hash, std::equal_to<>> counters_;
  std::size_t next_sweep_ = 1'024;
};

}  // namespace signaling::memory_adapter
