#pragma once
// Where a long array or object ends in JSON that is known to be valid, 64 bytes at a time: a megabyte of small objects, read
// token by token, keeps an event loop for a millisecond.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace signaling::plugin_api::json::detail {

/// What matters to a value's end in 64 bytes, a bit each, the first byte's lowest.
struct Block {
  static constexpr std::size_t size = 64;
  std::uint64_t quotes = 0;
  std::uint64_t backslashes = 0;
  std::uint64_t openers = 0;
  std::uint64_t closers = 0;

  explicit Block(const char* bytes) noexcept {
#if defined(__SSE2__)
    for (unsigned i = 0; i < size; i += 16) {
      const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i));
      // Square brackets and braces differ in this bit alone.
      const __m128i braced = _mm_or_si128(part, _mm_set1_epi8(0x20));
      const auto bits = [i](__m128i is) {
        return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(is))) << i;
      };
      quotes |= bits(_mm_cmpeq_epi8(part, _mm_set1_epi8('"')));
      backslashes |= bits(_mm_cmpeq_epi8(part, _mm_set1_epi8('\\')));
      openers |= bits(_mm_cmpeq_epi8(braced, _mm_set1_epi8('{')));
      closers |= bits(_mm_cmpeq_epi8(braced, _mm_set1_epi8('}')));
    }
#else
    for (unsigned i = 0; i < size; ++i) {
      const char c = bytes[i];
      quotes |= std::uint64_t{c == '"'} << i;
      backslashes |= std::uint64_t{c == '\\'} << i;
      openers |= std::uint64_t{c == '{' || c == '['} << i;
      closers |= std::uint64_t{c == '}' || c == ']'} << i;
    }
#endif
  }
};

/// What is shorter is over before blocks pay; who reads on token by token looks for blocks again behind so much.
inline constexpr std::size_t blocks_from = 256;

/// Passes over the inside of an array or object, whole blocks at a time.
class BlockSkipper {
 public:
  /// @param depth  of brackets that are open, at least 1
  explicit BlockSkipper(std::size_t depth) noexcept : depth_(depth) {}

  /// At the place that `skip` has returned; 0: the value ends there.
  std::size_t depth() const noexcept { return depth_; }

  /// Called once.
  /// @param at  outside of strings
  /// @return the place up to which it is done, outside of strings too; `at` where no whole block is left. At a long string it
  ///         stops: who reads token by token passes that at once, where blocks might be read to its end each time for nothing
  std::size_t skip(std::string_view text, std::size_t at) noexcept {
    std::size_t outside = at;
    for (std::size_t depth = depth_; text.size() - at >= Block::size; at += Block::size) {
      const Block block(text.data() + at);
      const std::uint64_t in_string = strings_of(block);
      const std::uint64_t openers = block.openers & ~in_string;
      for (std::uint64_t brackets = openers | (block.closers & ~in_string); brackets != 0; brackets &= brackets - 1) {
        const bool opens = (openers & brackets & (~brackets + 1)) != 0;
        depth = opens ? depth + 1 : depth - 1;
        if (depth == 0) {
          depth_ = 0;
          return at + static_cast<std::size_t>(std::countr_zero(brackets)) + 1;
        }
      }
      if (is_in_string_ || is_escaped_) {
        if (at - outside >= blocks_from) break;
        continue;
      }
      outside = at + Block::size;
      depth_ = depth;
    }
    return outside;
  }

 private:
  /// Bytes that are in a string, with its opening and without its closing quote.
  std::uint64_t strings_of(const Block& block) noexcept {
    std::uint64_t in = block.quotes & ~escaped_of(block.backslashes);
    for (unsigned shift = 1; shift < 64; shift *= 2) in ^= in << shift;  // each bit: whether as many quotes came as are odd
    if (is_in_string_) in = ~in;
    is_in_string_ = (in >> 63) != 0;
    return in;
  }

  /// Bytes that a backslash stands before which is not escaped itself.
  std::uint64_t escaped_of(std::uint64_t backslashes) noexcept {
    std::uint64_t escaped = is_escaped_ ? 1 : 0;
    is_escaped_ = false;
    backslashes &= ~escaped;
    while (backslashes != 0) {
      const int place = std::countr_zero(backslashes);
      if (place == 63) {
        is_escaped_ = true;
        break;
      }
      const std::uint64_t next = std::uint64_t{2} << place;
      escaped |= next;
      backslashes &= ~(next | next >> 1);
    }
    return escaped;
  }

  std::size_t depth_;
  bool is_in_string_ = false;
  bool is_escaped_ = false;  ///< the block before ended in a backslash that escapes
};

}  // namespace signaling::plugin_api::json::detail
