#pragma once
// The file that live_heap.cpp keeps and live_heap.mjs reads: native byte order, 64-bit words.

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace signaling::counted {

inline constexpr std::size_t small_sizes = 64;  ///< of 16 bytes each, up to 1,024
inline constexpr std::size_t large_sizes = 32;  ///< doublings from there; the last one has all that is larger
inline constexpr std::size_t heap_sizes = small_sizes + large_sizes;

/// @param bytes  usable size of a block
constexpr std::size_t heap_size_index(std::size_t bytes) noexcept {
  if (bytes == 0) return 0;
  if (bytes <= small_sizes * 16) return (bytes - 1) / 16;
  const auto doubling = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 11;  // of 1,024: 0
  return small_sizes + (doubling < large_sizes ? doubling : large_sizes - 1);
}
static_assert(heap_size_index(16) == 0 && heap_size_index(17) == 1 && heap_size_index(1024) == 63);
static_assert(heap_size_index(1025) == 64 && heap_size_index(2048) == 64 && heap_size_index(2049) == 65);

/// Of one size: blocks that are in use, and their usable bytes. Signed: what was allocated before counting began is given back
/// too.
struct LiveSize {
  std::atomic<std::int64_t> blocks;
  std::atomic<std::int64_t> bytes;
};

struct LiveHeap {
  std::array<LiveSize, heap_sizes> sizes;
  /// Free blocks that the C library had put aside, not yet merged with their neighbours, in bytes, when the process ended by
  /// itself; before that -1.
  std::atomic<std::int64_t> unmerged;
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free && sizeof(LiveHeap) == heap_sizes * 16 + 8);

}  // namespace signaling::counted
