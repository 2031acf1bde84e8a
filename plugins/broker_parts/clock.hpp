#pragma once
// Time as the parts of an adapter see it, so that tests move it by hand.

#include <chrono>
#include <cstdint>

namespace signaling::broker_parts {

/// Microseconds. `steady` never jumps and runs on while the process is stopped; `wall` is the Unix epoch's.
class Clock {
 public:
  virtual std::int64_t steady_us() const = 0;
  virtual std::int64_t wall_us() const = 0;

 protected:
  ~Clock() = default;
};

class SystemClock final : public Clock {
 public:
  std::int64_t steady_us() const override { return us(std::chrono::steady_clock::now()); }
  std::int64_t wall_us() const override { return us(std::chrono::system_clock::now()); }

 private:
  template <class Point>
  static std::int64_t us(Point point) {
    return std::chrono::duration_cast<std::chrono::microseconds>(point.time_since_epoch()).count();
  }
};

inline constexpr std::int64_t us_per_ms = 1'000;
constexpr std::int64_t us_of(std::chrono::milliseconds ms) { return ms.count() * us_per_ms; }

}  // namespace signaling::broker_parts
