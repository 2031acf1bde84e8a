// The other names of memalign, for a library that has one of its own.

#include <cerrno>
#include <cstdlib>
#include <malloc.h>

extern "C" {

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept { return memalign(alignment, size); }
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  *memory = memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

}  // extern "C"
