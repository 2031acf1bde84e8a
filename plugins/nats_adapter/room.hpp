#pragma once
// The members of one room: what a message of the room's subject says, and what an operation makes of it. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/values.hpp>

#include "node_id.hpp"

namespace signaling::nats_adapter {

struct Member {
  std::string name;
  std::string value;
  NodeId node;              ///< under whose lease it lives
  std::uint64_t place = 0;  ///< mark of its entry: members stand in this order
  std::uint64_t mark = 0;   ///< of its last change
  bool operator==(const Member&) const = default;
};

/// A change that no message between applications tells of.
struct Change {
  enum class Kind : std::uint8_t { joined = 1, lost = 2 } kind;
  std::string member;
  std::uint64_t mark = 0;
  bool operator==(const Change&) const = default;
};

struct Room {
  std::uint64_t last_mark = 0;
  std::vector<Member> members;  ///< by place
  std::vector<Change> changes;  ///< the latest ones, by mark

  const Member* find(std::string_view name) const noexcept;
  bool operator==(const Room&) const = default;
};

/// `name` stands in it because the subject may hold its digest only.
std::string encode_room(std::string_view name, const Room& room);
struct NamedRoom {
  std::string name;
  Room room;
};
std::optional<NamedRoom> decode_room(std::string_view bytes);
/// The name alone, pointing into the bytes.
std::optional<std::string_view> room_name(std::string_view bytes);

struct RoomOperation {
  enum class Kind : std::uint8_t {
    put,
    remove,
    list,
    restore,  ///< a member of this node that has been taken out gets in again, where it was
    expel,    ///< of this node, and not meant to be there
    reap,     ///< every member of a node that is gone
  } kind;
  std::string member = {};
  std::string value = {};
  NodeId node = {};               ///< put, restore, expel: this one; reap: the one that is gone
  std::uint32_t max_members = 0;  ///< put; 0: no bound
  std::uint64_t place = 0;        ///< restore
};

struct RoomResult {
  plugin_api::Status status = plugin_api::Status::ok;
  std::uint64_t mark = 0;  ///< of this change, or the room's last one where nothing changed
  bool existed = false;
  bool has_changed = false;
};

/// Marks are microseconds of the wall clock, or one more than the last where that is not less: so they grow over the end of a
/// room, whoever writes.
RoomResult apply(Room& room, const RoomOperation& operation, std::int64_t wall_us);

}  // namespace signaling::nats_adapter
