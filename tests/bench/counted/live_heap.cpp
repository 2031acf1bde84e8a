// Loaded before the C library (LD_PRELOAD), counts what a server has on its heap: blocks that are in use and their bytes, by
// size. Resident memory also holds what is free between them and what the allocator keeps; here a block that nobody gives back
// shows at once. The counts lie in a file that is mapped, named by SIGNALING_LIVE_HEAP.

#include "live_heap.hpp"

#include <cstddef>
#include <cstdint>
#include <malloc.h>

#include "preloaded.hpp"

namespace {

using signaling::counted::heap_size_index;
using signaling::counted::LiveHeap;

LiveHeap* heap = nullptr;

void add(void* memory, std::int64_t blocks) noexcept {
  if (heap == nullptr || memory == nullptr) return;
  const std::size_t bytes = ::malloc_usable_size(memory);
  auto& size = heap->sizes[heap_size_index(bytes)];
  size.blocks.fetch_add(blocks, std::memory_order_relaxed);
  size.bytes.fetch_add(blocks * static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
}

[[gnu::constructor]] void map_heap() {
  heap = signaling::counted::map_counts<LiveHeap>("SIGNALING_LIVE_HEAP");
  if (heap != nullptr) heap->unmerged.store(-1);
}

[[gnu::destructor]] void look_at_the_end() {
  if (heap != nullptr) heap->unmerged.store(static_cast<std::int64_t>(::mallinfo2().fsmblks));
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
  void* memory = __libc_malloc(size);
  add(memory, 1);
  return memory;
}
void* calloc(std::size_t number, std::size_t size) noexcept {
  void* memory = __libc_calloc(number, size);
  add(memory, 1);
  return memory;
}
void* realloc(void* memory, std::size_t size) noexcept {
  add(memory, -1);
  void* moved = __libc_realloc(memory, size);
  // Without room the block stays as it was; of size 0 it has been given back.
  add(moved == nullptr && size != 0 ? memory : moved, 1);
  return moved;
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  void* memory = __libc_memalign(alignment, size);
  add(memory, 1);
  return memory;
}
void free(void* memory) noexcept {
  if (memory == nullptr) return;
  add(memory, -1);
  __libc_free(memory);
}

}  // extern "C"
