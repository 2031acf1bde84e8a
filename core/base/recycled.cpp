// Magazines, after Bonwick and Adams, "Magazines and Vmem" (USENIX 2001): of each size a thread has a list that it takes from
// and gives to, and at most one full list in reserve; only full lists change hands, so the lock is needed once in hundreds of
// blocks.

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <mutex>
#include <new>
#include <utility>

#include <signaling/base/recycled.hpp>

namespace signaling::base {
namespace {

constexpr std::size_t smallest_block = 128;
constexpr std::size_t steps_per_doubling = 4;
constexpr std::size_t size_count = 1 + 7 * steps_per_doubling;  // 128, 160, 192, 224, 256, 320 … 16384

/// @param bytes  1 to largest_recycled_bytes
constexpr std::size_t size_index(std::size_t bytes) noexcept {
  if (bytes <= smallest_block) return 0;
  const std::size_t last = bytes - 1;
  const auto doubling = static_cast<std::size_t>(std::bit_width(last));  // of 8: 129 to 256 bytes
  return 1 + (doubling - 8) * steps_per_doubling + (last >> (doubling - 3)) - steps_per_doubling;
}

constexpr std::size_t block_size(std::size_t index) noexcept {
  if (index == 0) return smallest_block;
  const std::size_t doubling = 8 + (index - 1) / steps_per_doubling;
  return (steps_per_doubling + (index - 1) % steps_per_doubling + 1) << (doubling - 3);
}
static_assert(block_size(size_index(129)) == 160 && block_size(size_index(160)) == 160 && block_size(size_index(161)) == 192);
static_assert(size_index(largest_recycled_bytes) == size_count - 1 && block_size(size_count - 1) == largest_recycled_bytes);

/// Blocks of a full list: a thread keeps up to twice as many, as a busy turn may need (50 pairs with 16 signals each). Traffic
/// has few sizes at a time; if all had been in use, a thread would keep 4 MiB, and all threads together 8 MiB more to hand
/// over.
constexpr std::size_t magazine_size(std::size_t index) noexcept {
  return block_size(index) <= 512 ? 512 : 32 * 1024 / block_size(index);
}
constexpr std::uint32_t most_magazines_handed_over = 4;

struct Block {
  Block* next;
  Block* next_magazine;
};

void free_all(Block* first) noexcept {
  while (first != nullptr) ::operator delete(std::exchange(first, first->next));
}

/// Full lists on their way from a thread that has too many to one that has none.
struct Depot {
  std::mutex mutex;
  Block* first = nullptr;
  std::atomic<std::uint32_t> number{0};  ///< written under the mutex; read without it to see whether it is worth taking

  Block* take() noexcept {
    if (number.load(std::memory_order_relaxed) == 0) return nullptr;
    const std::lock_guard lock(mutex);
    if (first == nullptr) return nullptr;
    number.store(number.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    return std::exchange(first, first->next_magazine);
  }
  /// @return false where there are enough
  bool put(Block* magazine) noexcept {
    const std::lock_guard lock(mutex);
    if (number.load(std::memory_order_relaxed) >= most_magazines_handed_over) return false;
    number.store(number.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    magazine->next_magazine = std::exchange(first, magazine);
    return true;
  }
};
constinit std::array<Depot, size_count> depots;

/// Of one thread, and written by it alone; what is atomic is looked at by others.
struct Kept {
  Block* first = nullptr;
  std::atomic<std::size_t> number{0};    ///< in the list that begins with it
  std::atomic<Block*> reserve{nullptr};  ///< a full list

  std::size_t count() const noexcept { return number.load(std::memory_order_relaxed); }
  void set_count(std::size_t count) noexcept { number.store(count, std::memory_order_relaxed); }
  /// @param index  of its size
  std::size_t all(std::size_t index) const noexcept {
    return count() + (reserve.load(std::memory_order_relaxed) != nullptr ? magazine_size(index) : 0);
  }
};

/// Constant-initialised and without a destructor, so that it may be used until the very end of its thread.
struct OwnBlocks {
  std::array<Kept, size_count> sizes{};
  bool will_end = false;  ///< a thread that keeps something is in the list of keepers, and gives it back at its end
  bool has_ended = false;
  OwnBlocks* next_keeper = nullptr;
};
constinit thread_local OwnBlocks own;

/// The threads that keep something.
struct Keepers {
  std::mutex mutex;
  OwnBlocks* first = nullptr;
};
constinit Keepers keepers;

struct AtThreadEnd {
  ~AtThreadEnd() {
    own.has_ended = true;
    {
      const std::lock_guard lock(keepers.mutex);
      OwnBlocks** at = &keepers.first;
      while (*at != &own) at = &(*at)->next_keeper;
      *at = own.next_keeper;
    }
    for (Kept& kept : own.sizes) {
      free_all(std::exchange(kept.first, nullptr));
      free_all(kept.reserve.exchange(nullptr, std::memory_order_relaxed));
      kept.set_count(0);
    }
  }
};

void end_with_thread() noexcept {
  thread_local AtThreadEnd at_thread_end;
  own.will_end = true;
  const std::lock_guard lock(keepers.mutex);
  own.next_keeper = std::exchange(keepers.first, &own);
}

/// The list is full: it becomes the reserve, or is handed over.
void put_full_away(Kept& kept, std::size_t index) noexcept {
  Block* full = std::exchange(kept.first, nullptr);
  kept.set_count(0);
  if (kept.reserve.load(std::memory_order_relaxed) == nullptr) {
    kept.reserve.store(full, std::memory_order_relaxed);
  } else if (!depots[index].put(full)) {
    free_all(full);
  }
}

/// The list is empty. @return whether there was a full one
bool fetch_full(Kept& kept, std::size_t index) noexcept {
  kept.first = kept.reserve.load(std::memory_order_relaxed);
  if (kept.first != nullptr) {
    kept.reserve.store(nullptr, std::memory_order_relaxed);
  } else if (kept.first = depots[index].take(); kept.first == nullptr) {
    return false;
  }
  kept.set_count(magazine_size(index));
  // Taken from another thread while this one keeps nothing yet.
  if (!own.will_end) end_with_thread();
  return true;
}

}  // namespace

void* take_recycled(std::size_t bytes) {
  if (bytes > largest_recycled_bytes || !recycles_memory) return ::operator new(bytes);
  const std::size_t index = size_index(bytes);
  Kept& kept = own.sizes[index];
  if (kept.first == nullptr && (own.has_ended || !fetch_full(kept, index))) return ::operator new(block_size(index));
  kept.set_count(kept.count() - 1);
  return std::exchange(kept.first, kept.first->next);
}

void give_back_recycled(void* block, std::size_t bytes) noexcept {
  if (bytes > largest_recycled_bytes || !recycles_memory || own.has_ended) return ::operator delete(block);
  if (!own.will_end) end_with_thread();
  const std::size_t index = size_index(bytes);
  Kept& kept = own.sizes[index];
  kept.first = ::new (block) Block{kept.first, nullptr};
  const std::size_t number = kept.count() + 1;
  kept.set_count(number);
  if (number == magazine_size(index)) put_full_away(kept, index);
}

std::size_t recycled_blocks() noexcept {
  std::size_t number = 0;
  for (std::size_t index = 0; index < size_count; ++index) number += own.sizes[index].all(index);
  return number;
}

std::size_t recycled_bytes() noexcept {
  std::size_t bytes = 0;
  for (std::size_t index = 0; index < size_count; ++index) {
    bytes += depots[index].number.load(std::memory_order_relaxed) * magazine_size(index) * block_size(index);
  }
  const std::lock_guard lock(keepers.mutex);
  for (const OwnBlocks* each = keepers.first; each != nullptr; each = each->next_keeper) {
    for (std::size_t index = 0; index < size_count; ++index) bytes += each->sizes[index].all(index) * block_size(index);
  }
  return bytes;
}

}  // namespace signaling::base
