#pragma once
// Memory for what a server makes and ends once for each message: encoded messages, and what carries them between loops. What
// one gives back the next one takes, so that once as many exist as are on their way at a time, nothing is allocated.

#include <cstddef>

namespace signaling::base {

// A kept block is memory in use to the address sanitizer, which then would not see what is used after its end.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool recycles_memory = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool recycles_memory = false;
#else
inline constexpr bool recycles_memory = true;
#endif
#else
inline constexpr bool recycles_memory = true;
#endif

/// Blocks up to this size are kept for the next of their like; larger ones go back at once.
inline constexpr std::size_t largest_recycled_bytes = 16 * 1024;

/// Each thread keeps blocks of its own and needs no lock for them. One that gives back more than it takes (it sends what
/// another loop made) hands batches of hundreds to those that take more. All of it is bounded: see the source.
///
/// @param bytes  any number; rounded up to a size of which there are four in each doubling
/// @throws std::bad_alloc
/// Aligned as `operator new` does. [any thread]
void* take_recycled(std::size_t bytes);

/// @param bytes  the number that it was taken with
/// [any thread]
void give_back_recycled(void* block, std::size_t bytes) noexcept;

/// Blocks that this thread keeps, for tests.
std::size_t recycled_blocks() noexcept;

/// Bytes that all threads keep now: memory in use that nobody uses. While others take and give back, what is just on its way
/// from one to another may be missing. [any thread]
std::size_t recycled_bytes() noexcept;

/// Classes that derive from it are made in recycled memory by `new` and what is built on it.
struct Recycled {
  static void* operator new(std::size_t bytes) { return take_recycled(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept { give_back_recycled(block, bytes); }
};

/// The same for std::allocate_shared.
template <class T>
struct RecyclingAllocator {
  using value_type = T;
  RecyclingAllocator() = default;
  template <class U>
  RecyclingAllocator(const RecyclingAllocator<U>&) noexcept {}  // implicit, as allocators are

  T* allocate(std::size_t number) { return static_cast<T*>(take_recycled(number * sizeof(T))); }
  void deallocate(T* block, std::size_t number) noexcept { give_back_recycled(block, number * sizeof(T)); }
  friend bool operator==(RecyclingAllocator, RecyclingAllocator) noexcept { return true; }
};

}  // namespace signaling::base
