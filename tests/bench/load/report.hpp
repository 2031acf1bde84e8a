#pragma once
// Standard output: one JSON object a line, flushed, so that the reader can look at the servers at the same moment.

#include <cstdint>
#include <string_view>

#include "histogram.hpp"
#include "scenario.hpp"

namespace signaling::bench_load {

struct Result {
  Counts counts;  ///< of the measured window; errors: of the whole run
  double seconds = 0;
  std::uint64_t lost = 0;
  double load_cpu_seconds = 0;  ///< of this process in the window; near `seconds`, the load was the limit
};

void report_event(std::string_view event);
void report_result(const Result& result, const Histogram& latency);
void report_error(std::string_view reason);

}  // namespace signaling::bench_load
