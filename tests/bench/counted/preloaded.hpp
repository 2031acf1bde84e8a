#pragma once
// What libraries that are loaded before the C library (LD_PRELOAD) have the same: the allocator behind them, and the file in
// which their counts lie, for somebody else to read.

#include <cstddef>
#include <cstdlib>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

extern "C" {

// The allocator's own names: looking its functions up by dlsym would allocate.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t number, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);

}  // extern "C"

namespace signaling::counted {

/// A file made anew under the name that the environment variable says, mapped as `Counts`, all zero; nullptr without the
/// variable. Ends the process where the file cannot be made. It stays mapped.
template <class Counts>
Counts* map_counts(const char* variable) {
  const char* path = std::getenv(variable);
  if (path == nullptr) return nullptr;
  const int file = ::open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || ::ftruncate(file, sizeof(Counts)) != 0) ::abort();
  void* memory = ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (memory == MAP_FAILED) ::abort();
  return ::new (memory) Counts;  // zeros, as the file is
}

}  // namespace signaling::counted
