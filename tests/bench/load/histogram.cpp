#include "histogram.hpp"

#include <algorithm>
#include <cmath>

namespace signaling::bench_load {

void Histogram::add(std::int64_t value_ns) noexcept {
  const std::int64_t value = std::clamp(value_ns, std::int64_t{0}, detail::longest_ns);
  ++buckets_[detail::bucket_of(static_cast<std::uint64_t>(value))];
  ++count_;
  max_ = std::max(max_, value);
}

std::int64_t Histogram::quantile_ns(double q) const noexcept {
  const auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen < wanted) continue;
    return std::min(detail::last_of(bucket), max_);
  }
  return max_;
}

}  // namespace signaling::bench_load
