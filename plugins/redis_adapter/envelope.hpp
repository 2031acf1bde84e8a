#pragma once
// What one PUBLISH carries: messages of one node to one channel, in cereal's portable binary.
//
// version (1 byte), tag of the sender (4 bytes), time of sending (µs since the Unix epoch), sequence, kind (1 byte), number of
// items, then length and bytes of each. A node skips the versions and kinds it does not know, so that two releases run side by
// side.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signaling::redis_adapter {

enum class EnvelopeKind : std::uint8_t {
  bodies = 1,   ///< messages of the core, as it gave them
  hello = 2,    ///< the sender has subscribed to this topic; one item: number of the hello
  welcome = 3,  ///< to a node: its hellos were read; items: number of the hello, then the topic
  probe = 4,    ///< to the sender itself: does the subscription still deliver?
  notice = 5,   ///< to all: the list of nodes or a log of changes has grown
};

struct Envelope {
  std::string_view from_tag;
  std::int64_t sent_us = 0;
  std::uint64_t sequence = 0;  ///< of this sender on this channel; 0: not numbered
  EnvelopeKind kind = EnvelopeKind::bodies;
  std::vector<std::string_view> items;
};

inline constexpr std::uint8_t envelope_version = 1;
/// Bytes that each item adds to its own.
inline constexpr std::size_t envelope_item_overhead = 8;

enum class EnvelopeFault : std::uint8_t { none, version, kind, malformed };

std::string encode_envelope(std::string_view from_tag, std::int64_t sent_us, std::uint64_t sequence, EnvelopeKind kind,
                            std::span<const std::string_view> items);

/// The views point into `bytes`. After a fault nothing of `out` is meant, but `from_tag` at `kind`. Pure.
EnvelopeFault decode_envelope(std::string_view bytes, Envelope& out);

/// Numbers inside items: 8 bytes, little-endian.
std::string encode_number(std::uint64_t number);
std::uint64_t decode_number(std::string_view bytes) noexcept;  ///< 0 where it is shorter

}  // namespace signaling::redis_adapter
