#pragma once
// A point in time as JavaScript's Date.prototype.toJSON writes it.

#include <cstdint>
#include <string>

namespace signaling::protocol::detail {

/// A JavaScript Date reaches 100,000,000 days to either side of 1970 (ECMA-262, time values).
inline constexpr std::int64_t farthest_date_ms = 8'640'000'000'000'000;

/// Appends `"2024-02-29T12:34:56.789Z"` with its quotes; years outside 0 … 9999 with a sign and six digits; `null` where no
/// JavaScript Date reaches.
void append_iso_time(std::int64_t unix_ms, std::string& out);

}  // namespace signaling::protocol::detail
