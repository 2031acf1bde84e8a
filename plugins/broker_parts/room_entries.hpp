#pragma once
// Entries under room and member, as an adapter keeps what its node has registered.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "text_map.hpp"

namespace signaling::broker_parts {

/// Holds no empty room. One thread.
/// @tparam Entry  made from nothing, and assigned
template <class Entry>
class RoomEntries {
 public:
  using Room = TextMap<Entry>;  ///< by member

  /// nullptr where nobody is in it; good until the room changes.
  const Room* room(std::string_view name) const {
    const auto found = rooms_.find(name);
    return found == rooms_.end() ? nullptr : &found->second;
  }
  /// nullptr where it is not there; good until it is removed.
  Entry* find(std::string_view room, std::string_view member) {
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return nullptr;
    const auto known = found->second.find(member);
    return known == found->second.end() ? nullptr : &known->second;
  }
  /// The entry, made where it was not there; `second` says that it was made.
  std::pair<Entry&, bool> find_or_make(std::string_view room, std::string_view member) {
    auto [found, is_new] = rooms_.try_emplace(std::string(room)).first->second.try_emplace(std::string(member));
    size_ += is_new ? 1 : 0;
    return {found->second, is_new};
  }
  /// False where it was not there.
  bool remove(std::string_view room, std::string_view member) {
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return false;
    const auto known = found->second.find(member);
    if (known == found->second.end()) return false;
    found->second.erase(known);
    if (found->second.empty()) rooms_.erase(found);
    --size_;
    return true;
  }
  const TextMap<Room>& rooms() const noexcept { return rooms_; }
  /// Entries of all rooms.
  std::size_t size() const noexcept { return size_; }

 private:
  TextMap<Room> rooms_;
  std::size_t size_ = 0;
};

}  // namespace signaling::broker_parts
