#pragma once
// Rooms of one namespace on one event loop.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace signaling::socketio {

class Socket;
struct RoomRecord;

/// A member admitted with this mark is held: what is broadcast to the room is kept for it.
inline constexpr std::uint64_t held_mark = ~std::uint64_t{0};

struct Member {
  Socket* socket;
  std::uint64_t mark;  ///< see plugin_api::Socket::admit; 0 for an open admission
};

struct Room {
  std::string name;
  std::vector<Member> members;   ///< no order: the last takes the place of one that leaves
  RoomRecord* record = nullptr;  ///< nullptr where this loop is all there is
};

/// One thread. Rooms come with their first member and go with the last; pointers to a room are good in between.
class RoomIndex {
 public:
  Room* find(std::string_view name) noexcept {
    const auto found = rooms_.find(name);
    return found == rooms_.end() ? nullptr : &found->second;
  }
  /// `second` is true where the room is new.
  std::pair<Room&, bool> find_or_create(std::string_view name);
  void erase(const Room& room) { rooms_.erase(rooms_.find(room.name)); }
  std::size_t size() const noexcept { return rooms_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  // Nodes of an unordered_map keep their place, which the memberships of sockets point to.
  std::unordered_map<std::string, Room, Hash, std::equal_to<>> rooms_;
};

/// The rooms of one socket: sorted by address, so that a socket in 1,000 rooms finds one in ten steps.
class MembershipList {
 public:
  struct Membership {
    Room* room;
    std::uint32_t index;  ///< of the socket in `room->members`
  };
  Membership* find(const Room* room) noexcept;
  void insert(Membership membership);
  void erase(const Room* room);
  std::size_t size() const noexcept { return list_.size(); }
  const std::vector<Membership>& items() const noexcept { return list_; }

 private:
  std::vector<Membership> list_;
};

}  // namespace signaling::socketio
