#pragma once
// How presence stands in Redis. Numbers are fixed in width, so that scripts cut and compare them as text.
//
// entry (value of a room's hash, under the member): order (16 digits), mark (16), tag (4), flag (1: `-`, or `b` where the log
//   tells of it), value
// owned (element of a node's set): length of the room (8 hexadecimal digits), room, member
// log element: mark (16), kind (1), tag (4), lengths of room and member (8 each), room, member, value

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signaling::redis_adapter {

struct EntryView {
  std::uint64_t order = 0;  ///< mark of its entering: the order of the room
  std::uint64_t mark = 0;   ///< of its last change
  std::string_view tag;
  std::string_view value;
};
std::optional<EntryView> parse_entry(std::string_view text) noexcept;

struct OwnedView {
  std::string_view room;
  std::string_view member;
};
std::optional<OwnedView> parse_owned(std::string_view text) noexcept;
std::string encode_owned(std::string_view room, std::string_view member);

struct LogView {
  std::uint64_t mark = 0;
  char kind = ' ';  ///< `L` lost, `D` left, `J` joined
  std::string_view tag;
  std::string_view room;
  std::string_view member;
  std::string_view value;
};
std::optional<LogView> parse_log(std::string_view text) noexcept;

/// 16 decimal digits.
std::string encode_mark(std::uint64_t mark);
/// Decimal digits alone; nullopt for anything else.
std::optional<std::uint64_t> parse_mark(std::string_view text) noexcept;

}  // namespace signaling::redis_adapter
