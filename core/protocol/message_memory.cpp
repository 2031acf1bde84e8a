#include "message_memory.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <new>
#include <utility>

namespace signaling::protocol {
namespace {

constexpr std::size_t smallest_block = 128;
constexpr std::size_t steps_per_doubling = 4;
constexpr std::size_t size_count = 1 + 7 * steps_per_doubling;  // 128, 160, 192, 224, 256, 320 … 16384

/// As many small ones as the events of one turn may need, and 64 KiB of each larger size: 2.5 MiB if all sizes were in use.
constexpr std::size_t most_small_blocks = 512;
constexpr std::size_t most_bytes_of_a_size = 64 * 1024;

/// @param bytes  1 to largest_kept_block
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
static_assert(size_index(largest_kept_block) == size_count - 1 && block_size(size_count - 1) == largest_kept_block);

constexpr std::size_t most_blocks(std::size_t index) noexcept {
  return std::min(most_small_blocks, most_bytes_of_a_size / block_size(index) * (block_size(index) <= 512 ? 4 : 1));
}

struct Block {
  Block* next;
};

/// Constant-initialised and without a destructor, so that it may be used until the very end of its thread.
struct Kept {
  std::array<Block*, size_count> first{};
  std::array<std::uint16_t, size_count> number{};
  bool will_end = false;  ///< a thread that keeps something gives it back at its end
  bool has_ended = false;
};
constinit thread_local Kept kept;

struct AtThreadEnd {
  ~AtThreadEnd() {
    kept.has_ended = true;
    for (Block*& first : kept.first) {
      while (first != nullptr) ::operator delete(std::exchange(first, first->next));
    }
    kept.number = {};
  }
};

void end_with_thread() noexcept {
  thread_local AtThreadEnd at_thread_end;
  kept.will_end = true;
}

}  // namespace

void* take_message_memory(std::size_t bytes) {
  if (bytes > largest_kept_block || !keeps_message_memory) return ::operator new(bytes);
  const std::size_t index = size_index(bytes);
  if (Block* block = kept.first[index]) {
    kept.first[index] = block->next;
    --kept.number[index];
    return block;
  }
  return ::operator new(block_size(index));
}

void give_back_message_memory(void* block, std::size_t bytes) noexcept {
  if (bytes > largest_kept_block || !keeps_message_memory) return ::operator delete(block);
  const std::size_t index = size_index(bytes);
  if (kept.number[index] >= most_blocks(index) || kept.has_ended) return ::operator delete(block);
  if (!kept.will_end) end_with_thread();
  kept.first[index] = ::new (block) Block{kept.first[index]};
  ++kept.number[index];
}

std::size_t kept_message_blocks() noexcept {
  std::size_t number = 0;
  for (const std::uint16_t of_size : kept.number) number += of_size;
  return number;
}

}  // namespace signaling::protocol
