// Loaded before the C library (LD_PRELOAD), counts calls of it by thread while the reader wants it: allocations, locks and
// system calls of the server and of all its plugins. The counts lie in a file that both map, named by SIGNALING_CALL_COUNTS.
//
// A call is counted and passed on; nothing here allocates or locks. Locks that the C library takes within itself do not come
// by here, those of its allocator above all: where nothing is allocated there are none. Who waits for a condition has taken its
// mutex first.

#include "call_counter.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preloaded.hpp"

namespace {

using signaling::counted::Call;
using signaling::counted::Counts;
using signaling::counted::Thread;
using signaling::counted::Trace;

Counts* counts = nullptr;
// initial-exec: the general way to a thread's variable may allocate, which would come here again.
[[gnu::tls_model("initial-exec")]] thread_local Thread* own = nullptr;
[[gnu::tls_model("initial-exec")]] thread_local bool is_within = false;

void trace(Call call) noexcept {
  const std::uint64_t index = counts->traces_used.fetch_add(1);
  if (index >= signaling::counted::most_traces) return;
  is_within = true;
  void* frames[signaling::counted::most_frames];
  const int depth = ::backtrace(frames, static_cast<int>(signaling::counted::most_frames));
  Trace& noted = counts->traces[index];
  noted.call = static_cast<std::uint64_t>(call);
  noted.thread = own->id;
  for (int i = 0; i < depth; ++i) noted.frames[static_cast<std::size_t>(i)] = reinterpret_cast<std::uint64_t>(frames[i]);
  noted.depth = static_cast<std::uint64_t>(depth);
  is_within = false;
}

void count(Call call) noexcept {
  if (counts == nullptr || is_within || counts->is_counting.load(std::memory_order_relaxed) == 0) return;
  if (own == nullptr) {
    const std::uint64_t index = counts->threads_used.fetch_add(1);
    if (index >= signaling::counted::most_threads) ::abort();
    own = &counts->threads[index];
    own->id = static_cast<std::uint64_t>(::syscall(SYS_gettid));
  }
  ++own->calls[static_cast<std::size_t>(call)];
  if ((counts->traced_calls.load(std::memory_order_relaxed) >> static_cast<unsigned>(call) & 1) != 0) trace(call);
}

[[gnu::constructor]] void begin() {
  Counts* const mapped = signaling::counted::map_counts<Counts>("SIGNALING_CALL_COUNTS");
  if (mapped == nullptr) return;
  void* frame = nullptr;
  ::backtrace(&frame, 1);  // loads what it needs now
  counts = mapped;
}

/// The function of that name behind this library.
template <class F>
F* next(F* volatile& kept, const char* name) noexcept {
  if (kept == nullptr) kept = reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
  return kept;
}

}  // namespace

// Defines a function that counts and passes its arguments on.
#define SIGNALING_COUNTED(call, result, name, parameters, arguments) \
  result name parameters {                                           \
    static result(*volatile real) parameters = nullptr;              \
    count(call);                                                     \
    return next(real, #name) arguments;                              \
  }

extern "C" {

void* malloc(std::size_t size) noexcept {
  count(Call::allocate);
  return __libc_malloc(size);
}
void* calloc(std::size_t number, std::size_t size) noexcept {
  count(Call::allocate);
  return __libc_calloc(number, size);
}
void* realloc(void* memory, std::size_t size) noexcept {
  count(Call::reallocate);
  return __libc_realloc(memory, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  count(Call::allocate);
  return __libc_memalign(alignment, size);
}
void free(void* memory) noexcept {
  if (memory == nullptr) return;
  count(Call::release);
  __libc_free(memory);
}

SIGNALING_COUNTED(Call::lock, int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
SIGNALING_COUNTED(Call::lock, int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
SIGNALING_COUNTED(Call::lock, int, pthread_spin_lock, (pthread_spinlock_t * lock), (lock))
SIGNALING_COUNTED(Call::read_lock, int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
SIGNALING_COUNTED(Call::read_lock, int, pthread_rwlock_tryrdlock, (pthread_rwlock_t * lock), (lock))
SIGNALING_COUNTED(Call::write_lock, int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
SIGNALING_COUNTED(Call::write_lock, int, pthread_rwlock_trywrlock, (pthread_rwlock_t * lock), (lock))
SIGNALING_COUNTED(Call::epoll_wait, int, epoll_wait, (int file, epoll_event* events, int most, int timeout),
                  (file, events, most, timeout))
SIGNALING_COUNTED(Call::receive, ssize_t, recv, (int file, void* bytes, std::size_t size, int flags),
                  (file, bytes, size, flags))
SIGNALING_COUNTED(Call::receive, ssize_t, recvmsg, (int file, msghdr* message, int flags), (file, message, flags))
SIGNALING_COUNTED(Call::send, ssize_t, send, (int file, const void* bytes, std::size_t size, int flags),
                  (file, bytes, size, flags))
SIGNALING_COUNTED(Call::send, ssize_t, sendmsg, (int file, const msghdr* message, int flags), (file, message, flags))
SIGNALING_COUNTED(Call::read_write, ssize_t, read, (int file, void* bytes, std::size_t size), (file, bytes, size))
SIGNALING_COUNTED(Call::read_write, ssize_t, write, (int file, const void* bytes, std::size_t size), (file, bytes, size))

}  // extern "C"
