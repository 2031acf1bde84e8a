#pragma once
// A token bucket, kept as what is missing from it: a level that is raised by what is taken and falls by the rate down to 0,
// where the bucket is full. So a bucket that nobody has touched needs no memory, and new limits apply to what was taken before.

#include <algorithm>
#include <cstdint>

namespace signaling::rate_limit {

struct Bounds {
  double burst = 1;          ///< tokens of a full bucket, above 0
  double tokens_per_ms = 1;  ///< above 0
  double delay_tokens = 0;   ///< what may be taken in advance by those who wait for it: the rate for the longest delay
};

struct Taken {
  bool is_taken = false;
  /// Taken: until the token is there, 0 mostly. Not taken: until it could be taken without a wait.
  double wait_ms = 0;
};

struct Level {
  double tokens = 0;
  std::int64_t at_ms = 0;

  /// Lets time pass; time that runs backwards does not.
  void settle(double tokens_per_ms, std::int64_t now_ms) noexcept {
    if (now_ms > at_ms) tokens = std::max(0.0, tokens - static_cast<double>(now_ms - at_ms) * tokens_per_ms);
    at_ms = std::max(at_ms, now_ms);
  }

  /// More than the whole burst at once (a long message against a small number of bytes) needs a full bucket, and is paid for
  /// later: so it passes, and the rate still holds.
  Taken take(const Bounds& bounds, double amount, std::int64_t now_ms) noexcept {
    settle(bounds.tokens_per_ms, now_ms);
    const Taken taken = judge(bounds, tokens, amount);
    if (taken.is_taken) tokens += amount;
    return taken;
  }

  void give_back(double amount) noexcept { tokens = std::max(0.0, tokens - amount); }

  /// What `take` comes to at that level, which nothing changes.
  static Taken judge(const Bounds& bounds, double tokens, double amount) noexcept {
    constexpr double rounding = 1e-6;
    const double missing = tokens + std::min(amount, bounds.burst) - bounds.burst;
    return {missing <= bounds.delay_tokens + rounding, missing <= rounding ? 0.0 : missing / bounds.tokens_per_ms};
  }
};

}  // namespace signaling::rate_limit
