#pragma once
// Memory for encoded messages. A server makes and ends very many, of similar sizes, so what one gives back the next one takes:
// once as many exist as there are on their way at a time, encoding allocates nothing.

#include <cstddef>

namespace signaling::protocol {

// A kept block is memory in use to the address sanitizer, which then would not see a message used after its end.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool keeps_message_memory = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool keeps_message_memory = false;
#else
inline constexpr bool keeps_message_memory = true;
#endif
#else
inline constexpr bool keeps_message_memory = true;
#endif

/// Blocks up to this size are kept for the next of their like; larger ones go back at once.
inline constexpr std::size_t largest_kept_block = 16 * 1024;

/// Each thread keeps its own, so that nothing is locked: a block is kept by the thread that gives it back. What a thread keeps
/// is bounded (by number for small blocks, by bytes for larger ones: see the source) and ends with it.
///
/// @param bytes  any number; sizes are rounded up by a quarter at most
/// @throws std::bad_alloc
/// Aligned as `operator new` does. [any thread]
void* take_message_memory(std::size_t bytes);

/// @param bytes  the number that it was taken with
/// [any thread]
void give_back_message_memory(void* block, std::size_t bytes) noexcept;

/// Blocks that this thread keeps, for tests.
std::size_t kept_message_blocks() noexcept;

}  // namespace signaling::protocol
