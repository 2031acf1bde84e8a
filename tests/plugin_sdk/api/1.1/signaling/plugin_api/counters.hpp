#pragma once
// Counters that the nodes of a cluster share, each one the level of a bucket that leaks: what is taken raises it, time lowers
// it. Optional: for adapters with the capability `counters`. Since API 1.1.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

inline constexpr std::size_t max_counter_takes = 256;  ///< of one call
inline constexpr std::size_t max_counter_key_bytes = 256;
inline constexpr double no_counter_limit = std::numeric_limits<double>::max();

/// What is asked of one counter. A counter that nobody has asked for is at 0, and so is one that has leaked down to it.
struct CounterTake {
  std::string_view key;  ///< 1 to max_counter_key_bytes, any bytes
  double amount;         ///< raises the level; below 0: gives back (the level never falls below 0)
  double rate;           ///< units that leak in a second, above 0; the same in every call for the key, as far as possible
  double limit;          ///< nothing is taken where the level would be above it; no_counter_limit: taken in any case
};

struct CounterLevel {
  /// `ok`: asked, and answered. `unavailable` and `too_many`: nothing was taken. `timeout`: it may have been, or may still be.
  /// `invalid`: an argument is out of range. `closed`: the adapter stops.
  Status status = Status::ok;
  bool is_taken = false;  ///< where `ok`
  double level = 0;       ///< where `ok`: after what was taken
};

/// One call with an answer for each take, in their order, then `release()`.
class CounterHandler : public Releasable {
 public:
  virtual void on_levels(std::span<const CounterLevel> levels) = 0;

 protected:
  ~CounterHandler() = default;
};

/// For middleware and applications, from `Host::query(SharedCounters::interface_name)`: nullptr where the adapter has no shared
/// counters (or the server is older than 1.1). Valid as long as the host. Keys are the plugin's own: those of others are apart.
/// Functions [loop]; handlers run on the loop that asked, possibly before the function returns.
class SharedCounters {
 public:
  static constexpr std::string_view interface_name = "signaling.shared_counters/1";

  /// Each take is one atomic step over the cluster, and each is decided for itself: whoever wants all or none gives the others
  /// back. Answered within `wait_ms` (1 to 60,000), and at once with `unavailable` while the backend is known to be away.
  /// More than max_counter_takes, or none: `invalid` for each.
  virtual void take(std::span<const CounterTake> takes, std::uint32_t wait_ms, CounterHandler& handler) = 0;

 protected:
  ~SharedCounters() = default;
};

}  // namespace signaling::plugin_api
