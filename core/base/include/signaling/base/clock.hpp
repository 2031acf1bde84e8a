#pragma once
// Time. Layers below `net` never read a clock themselves: they are told the time, so that tests set it.

#include <chrono>

namespace signaling::base {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;
using Milliseconds = std::chrono::milliseconds;

}  // namespace signaling::base
