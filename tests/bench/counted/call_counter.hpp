#pragma once
// The file that call_counter.cpp keeps and calls.mjs reads: native byte order, 64-bit words.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace signaling::counted {

/// The order in which calls.mjs names them.
enum class Call : std::uint8_t {
  allocate,  ///< malloc, calloc, memalign and their like, operator new through them
  reallocate,
  release,    ///< free of what is no null pointer
  lock,       ///< pthread_mutex_lock, pthread_mutex_trylock, pthread_spin_lock
  read_lock,  ///< pthread_rwlock_rdlock and the try form
  write_lock,
  epoll_wait,
  receive,  ///< recv, recvmsg
  send,     ///< send, sendmsg
  read_write,
};
inline constexpr std::size_t call_kinds = 10;

inline constexpr std::size_t most_threads = 64;
inline constexpr std::size_t most_traces = 64;
inline constexpr std::size_t most_frames = 30;

struct Thread {
  std::uint64_t id;  ///< 0: not in use
  std::array<std::uint64_t, call_kinds> calls;
};

/// Who called: return addresses, innermost first.
struct Trace {
  std::uint64_t call;
  std::uint64_t thread;
  std::uint64_t depth;
  std::array<std::uint64_t, most_frames> frames;
};

struct Counts {
  std::atomic<std::uint64_t> is_counting;   ///< the reader sets it
  std::atomic<std::uint64_t> traced_calls;  ///< the reader sets it: a bit for each kind whose callers are noted
  std::atomic<std::uint64_t> threads_used;
  std::atomic<std::uint64_t> traces_used;  ///< may exceed most_traces: further ones are not noted
  std::array<Thread, most_threads> threads;
  std::array<Trace, most_traces> traces;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && sizeof(std::atomic<std::uint64_t>) == 8);

}  // namespace signaling::counted
