#pragma once
// Why a run is of no use: refused, timed out, or the server spoke nonsense.

#include <stdexcept>

namespace signaling::bench_load {

/// Ends the run; `what()` is for the reader of the report.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace signaling::bench_load
