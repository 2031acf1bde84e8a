#pragma once
// How long to wait before the next attempt.

#include <algorithm>
#include <chrono>

namespace signaling::redis_adapter {

/// Exponential with jitter: after the n-th failure in a row, anything from half of min * 2^(n-1) to the whole of it, bounded by
/// `max`. The jitter keeps the nodes of a cluster from coming back in step.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;

  Backoff(Duration min, Duration max) : min_(min), max_(std::max(min, max)), next_(min) {}

  /// @param random 0 … 1
  Duration next(double random) {
    const Duration whole = next_;
    next_ = std::min(max_, next_ * 2);
    return whole / 2 + Duration(static_cast<Duration::rep>(static_cast<double>((whole - whole / 2).count()) * random));
  }
  /// The attempt has succeeded.
  void reset() { next_ = min_; }

 private:
  Duration min_;
  Duration max_;
  Duration next_;
};

}  // namespace signaling::redis_adapter
