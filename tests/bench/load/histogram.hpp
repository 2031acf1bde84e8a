#pragma once
// Latencies in buckets that grow with the value: 64 for each power of two, so that a quantile is at most 1.6 % too high.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace signaling::bench_load {

namespace detail {

constexpr unsigned bucket_bits = 6;
constexpr std::int64_t longest_ns = (std::int64_t{1} << 40) - 1;

/// Values below 128 have a bucket each; above, the leading seven bits of a value choose one of 64 for its power of two.
constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
  if (value < 1U << bucket_bits) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - bucket_bits;
  return (static_cast<std::size_t>(shift) << bucket_bits) + static_cast<std::size_t>(value >> shift);
}

/// The largest value in a bucket.
constexpr std::int64_t last_of(std::size_t bucket) noexcept {
  const std::size_t shift = bucket < 2U << bucket_bits ? 0 : (bucket >> bucket_bits) - 1;
  return static_cast<std::int64_t>((((bucket - (shift << bucket_bits)) + 1) << shift) - 1);
}

}  // namespace detail

class Histogram {
 public:
  /// @param value_ns  negative counts as 0; from about 18 minutes on, values share the last bucket
  void add(std::int64_t value_ns) noexcept;

  /// Upper bound of the bucket in which the quantile lies, at most the largest value; 0 where there is none.
  /// @param q  0 … 1
  std::int64_t quantile_ns(double q) const noexcept;

  std::int64_t max_ns() const noexcept { return max_; }
  std::uint64_t count() const noexcept { return count_; }

 private:
  std::array<std::uint64_t, detail::bucket_of(detail::longest_ns) + 1> buckets_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace signaling::bench_load
