#pragma once
// The one clock of a run.

#include <chrono>
#include <cstdint>

namespace signaling::bench_load {

inline std::int64_t steady_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace signaling::bench_load
