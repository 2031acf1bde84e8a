// Loaded before the C library (LD_PRELOAD), counts what a server has on its heap: blocks that are in use and their bytes, by
// size. Resident memory also holds what is free between them and what the allocator keeps; here a block that nobody gives back
// shows at once. The counts lie in a file that is mapped, named by SIGNALING_LIVE_HEAP.

#include "live_heap.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <malloc.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

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

[[gnu::constructor]] void map_counts() {
  const char* path = std::getenv("SIGNALING_LIVE_HEAP");
  if (path == nullptr) return;
  const int file = ::open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || ::ftruncate(file, sizeof(LiveHeap)) != 0) ::abort();
  void* memory = ::mmap(nullptr, sizeof(LiveHeap), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) ::abort();
  heap = ::new (memory) LiveHeap;  // zeros, as the file is
}

}  // namespace

extern "C" {

// The allocator's own names: looking its functions up by dlsym would allocate.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t number, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);

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
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept { return memalign(alignment, size); }
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  *memory = memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}
void free(void* memory) noexcept {
  if (memory == nullptr) return;
  add(memory, -1);
  __libc_free(memory);
}

}  // extern "C"
