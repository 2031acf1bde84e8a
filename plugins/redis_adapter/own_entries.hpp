#pragma once
// What this node has registered: the truth that Redis is made equal to after it was away.

#include <broker_parts/room_entries.hpp>
#include <broker_parts/text_map.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "presence_entry.hpp"

namespace signaling::redis_adapter {

struct OwnEntry {
  std::string value;
  std::uint64_t order = 0;
  std::uint64_t mark = 0;
};

/// Rooms of one partition.
class OwnEntries final : private broker_parts::RoomEntries<OwnEntry> {
 public:
  using RoomEntries::find;
  using RoomEntries::rooms;
  using RoomEntries::size;

  /// What is there keeps its order.
  void set(std::string_view room, std::string_view member, std::string_view value, std::uint64_t mark) {
    forget_doubt(room, member);
    auto [entry, is_new] = find_or_make(room, member);
    if (is_new) entry.order = mark;
    entry.value = value;
    entry.mark = mark;
  }
  bool remove(std::string_view room, std::string_view member) {
    forget_doubt(room, member);
    return RoomEntries::remove(room, member);
  }

  /// A put of which it is not known whether it happened, until the application removes the member or `until_us`.
  void doubt(std::string_view room, std::string_view member, std::int64_t until_us) {
    doubts_.insert_or_assign(encode_owned(room, member), until_us);
  }
  bool is_doubtful(std::string_view room, std::string_view member) const {
    return !doubts_.empty() && doubts_.contains(encode_owned(room, member));
  }
  /// Takes those whose time is over.
  std::vector<std::pair<std::string, std::string>> take_old_doubts(std::int64_t now_us) {
    std::vector<std::pair<std::string, std::string>> old;
    std::erase_if(doubts_, [&](const auto& doubt) {
      if (doubt.second > now_us) return false;
      const auto names = parse_owned(doubt.first);
      old.emplace_back(names->room, names->member);
      return true;
    });
    return old;
  }

  std::vector<std::pair<std::string, std::string>> all() const {
    std::vector<std::pair<std::string, std::string>> names;
    names.reserve(size());
    for (const auto& [room, members] : rooms()) {
      for (const auto& [member, entry] : members) names.emplace_back(room, member);
    }
    return names;
  }

 private:
  void forget_doubt(std::string_view room, std::string_view member) {
    if (!doubts_.empty()) doubts_.erase(encode_owned(room, member));
  }

  broker_parts::TextMap<std::int64_t> doubts_;  ///< room and member as `encode_owned` writes them -> when it ends
};

}  // namespace signaling::redis_adapter
