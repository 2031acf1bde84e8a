#pragma once
// When a key set is fetched next. Pure: times are milliseconds of a clock that never jumps.

#include <algorithm>
#include <cstdint>
#include <optional>

namespace signaling::auth_jwt {

/// Regularly every `interval_ms`; after a failure sooner, at twice the pause each time; on demand at once. Whatever happens,
/// never twice within `min_interval_ms`: neither unknown key ids nor a server that fails make this node a nuisance.
class FetchSchedule {
 public:
  FetchSchedule(std::int64_t interval_ms, std::int64_t min_interval_ms)
      : interval_ms_(interval_ms), min_interval_ms_(std::min(interval_ms, min_interval_ms)) {}

  std::int64_t due_ms() const noexcept { return due_ms_; }
  bool is_due(std::int64_t now_ms) const noexcept { return now_ms >= due_ms_; }

  /// Somebody would like newer keys. False where it is too early for that.
  bool request(std::int64_t now_ms) noexcept {
    if (begun_ms_ && now_ms < *begun_ms_ + min_interval_ms_) return false;
    due_ms_ = std::min(due_ms_, now_ms);
    return true;
  }
  void begin(std::int64_t now_ms) noexcept { begun_ms_ = now_ms; }
  void succeed(std::int64_t now_ms) noexcept {
    failures_ = 0;
    due_ms_ = std::max(now_ms + interval_ms_, earliest());
  }
  void fail(std::int64_t now_ms) noexcept {
    const std::int64_t pause = std::min(interval_ms_, min_interval_ms_ << std::min(failures_, 10));
    ++failures_;
    due_ms_ = std::max(now_ms + pause, earliest());
  }

 private:
  std::int64_t earliest() const noexcept { return begun_ms_.value_or(0) + min_interval_ms_; }

  std::int64_t interval_ms_;
  std::int64_t min_interval_ms_;
  std::int64_t due_ms_ = 0;  ///< at once
  std::optional<std::int64_t> begun_ms_;
  int failures_ = 0;
};

}  // namespace signaling::auth_jwt
