#pragma once
// What this node has registered: the truth that Redis is made equal to after it was away.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "presence_entry.hpp"
#include "text_map.hpp"

namespace signaling::redis_adapter {

struct OwnEntry {
  std::string value;
  std::uint64_t order = 0;
  std::uint64_t mark = 0;
};

/// Rooms of one partition.
class OwnEntries {
 public:
  using Room = TextMap<OwnEntry>;

  OwnEntry* find(std::string_view room, std::string_view member) {
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return nullptr;
    const auto known = found->second.find(member);
    return known == found->second.end() ? nullptr : &known->second;
  }
  /// What is there keeps its order.
  void set(std::string_view room, std::string_view member, std::string_view value, std::uint64_t mark) {
    forget_doubt(room, member);
    auto [found, is_new] = rooms_.try_emplace(std::string(room)).first->second.try_emplace(std::string(member));
    if (is_new) {
      ++size_;
      found->second.order = mark;
    }
    found->second.value = value;
    found->second.mark = mark;
  }
  bool remove(std::string_view room, std::string_view member) {
    forget_doubt(room, member);
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return false;
    const auto known = found->second.find(member);
    if (known == found->second.end()) return false;
    found->second.erase(known);
    if (found->second.empty()) rooms_.erase(found);
    --size_;
    return true;
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

  const TextMap<Room>& rooms() const noexcept { return rooms_; }
  std::vector<std::pair<std::string, std::string>> all() const {
    std::vector<std::pair<std::string, std::string>> names;
    names.reserve(size_);
    for (const auto& [room, members] : rooms_) {
      for (const auto& [member, entry] : members) names.emplace_back(room, member);
    }
    return names;
  }
  std::size_t size() const noexcept { return size_; }

 private:
  void forget_doubt(std::string_view room, std::string_view member) {
    if (!doubts_.empty()) doubts_.erase(encode_owned(room, member));
  }

  TextMap<Room> rooms_;
  TextMap<std::int64_t> doubts_;  ///< room and member as `encode_owned` writes them -> when it ends
  std::size_t size_ = 0;
};

}  // namespace signaling::redis_adapter
