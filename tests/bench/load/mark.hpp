#pragma once
// What a message carries so that its receipt can be counted and checked: found by one search for a byte that occurs nowhere
// else in a packet (session ids are base64url), and of fixed width.
//
//   @ room:4 sender:4 slot:2 sequence:8 time:12 #      hexadecimal digits; then filling up to the wanted length

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace signaling::bench_load {

struct Mark {
  std::uint32_t room = 0;      ///< below 65,536
  std::uint32_t sender = 0;    ///< place in the room, below 65,536
  std::uint32_t slot = 0;      ///< which of the messages in flight, below 256
  std::uint32_t sequence = 0;  ///< of this sender in this room (relay: to this peer), from 1 on
  std::int64_t time_ns = 0;    ///< of sending (open load: when it was due), since the begin of the run; below 2^48

  bool operator==(const Mark&) const = default;
};

constexpr std::size_t mark_bytes = 32;

/// Appends the mark and filling: `bytes` characters that JSON need not escape. @param bytes  at least `mark_bytes`
void append_mark(std::string& out, const Mark& mark, std::size_t bytes);

/// @param bytes  that at least have to be there from the mark on: a shortened message has no mark
/// @return false: there is none
bool find_mark(std::string_view packet, std::size_t bytes, Mark& mark) noexcept;

}  // namespace signaling::bench_load
