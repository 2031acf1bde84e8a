#pragma once
// What this node has registered, as the core was told: the truth that the stream is made equal to.

#include <cstdint>
#include <string>
#include <string_view>

#include "text_map.hpp"

namespace signaling::nats_adapter {

struct OwnEntry {
  std::string value;
  std::uint64_t place = 0;
  bool is_leaving = false;  ///< a remove may have happened: it is not put back, and the next remove says that it was there
};

class OwnEntries {
 public:
  using Room = TextMap<OwnEntry>;

  const Room* room(std::string_view name) const {
    const auto found = rooms_.find(name);
    return found == rooms_.end() ? nullptr : &found->second;
  }
  OwnEntry* find(std::string_view room, std::string_view member) {
    const auto found = rooms_.find(room);
    if (found == rooms_.end()) return nullptr;
    const auto known = found->second.find(member);
    return known == found->second.end() ? nullptr : &known->second;
  }
  void set(std::string_view room, std::string_view member, std::string_view value, std::uint64_t place) {
    auto [found, is_new] = rooms_.try_emplace(std::string(room)).first->second.try_emplace(std::string(member));
    size_ += is_new ? 1 : 0;
    found->second = {std::string(value), place, false};
  }
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
  std::size_t size() const noexcept { return size_; }

 private:
  TextMap<Room> rooms_;
  std::size_t size_ = 0;
};

}  // namespace signaling::nats_adapter
