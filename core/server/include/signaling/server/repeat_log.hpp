#pragma once
// Client errors that come in thousands, told in one line now and then.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/base/clock.hpp>

namespace signaling::server {

/// Counts what happens by component and kind, and tells each kind at most once per interval, with its count:
/// `12,345 × session id unknown in the last 10 s, last from 192.0.2.7`. A first occurrence is told by the next `flush`.
class RepeatLog {
 public:
  using Emit = std::function<void(std::string_view component, const std::string& line)>;
  /// Kinds that are kept apart in one shard; more are counted as `other`.
  static constexpr std::size_t max_kinds = 64;

  /// @param shards  callers that count at the same time without waiting for each other: one per event loop
  RepeatLog(std::size_t shards, base::Milliseconds interval, Emit emit);

  /// Counts `count` occurrences. `example` (an address, may be empty) of the last one is shown. Takes a lock that only `flush`
  /// contends for. [any thread that owns the shard]
  void add(std::size_t shard, std::string_view component, std::string_view kind, std::string_view example,
           std::uint64_t count = 1);
  /// Tells what is due at `now`, or with `all` everything that was counted; about once a second. One thread.
  void flush(base::TimePoint now, bool all = false);

 private:
  struct Key {
    std::string component;
    std::string kind;
    auto operator<=>(const Key&) const = default;
  };
  struct Tally {
    std::uint64_t count = 0;
    std::string example;
  };
  struct Shard {
    std::mutex mutex;  ///< of `tallies`
    std::map<Key, Tally> tallies;
  };
  struct Pending {
    Tally tally;
    base::TimePoint told;
    bool was_told = false;
  };

  std::vector<std::unique_ptr<Shard>> shards_;
  base::Milliseconds interval_;
  Emit emit_;
  std::map<Key, Pending> pending_;  ///< of the flushing thread
};

/// 12345 as `12,345`.
std::string grouped_decimal(std::uint64_t number);

}  // namespace signaling::server
