#pragma once
// Who is in a room, over the whole cluster.

#include <cstdint>
#include <span>
#include <string_view>

#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

struct PresenceEntry {
  std::string_view member;  ///< socket id
  std::string_view value;   ///< bytes that the member registered (applications here use JSON)
  std::uint64_t mark;       ///< place in the room's order of changes
};

/// A change of a room that its members on this node have not been told of, since no message of another node told them.
struct MemberChange {
  enum class Kind : std::uint32_t {
    joined,  ///< also a member of a node that was taken for lost and is back
    left,
    lost,  ///< its node was lost
  } kind;
  std::string_view member;
  std::string_view value;  ///< where it joined
  std::uint64_t mark;      ///< place in the room's order of changes
};

/// Result of one presence operation. One call, then `release()`.
class PresenceHandler : public Releasable {
 public:
  /// `mark`: place of this change in the room's order; grows by at least one with every change of the room, over its end and
  /// new beginning too. list: no change so far has a greater one, and every later change has.
  /// `existed`: the member was there before (put: its value was replaced; remove: it is gone now). To remove a member that is
  /// not there is `ok`.
  /// `others`: put: every other member, list: every member, in order of entry; remove: nobody. Views live for the call.
  virtual void on_presence(Status status, std::uint64_t mark, bool existed, std::span<const PresenceEntry> others) = 0;

 protected:
  ~PresenceHandler() = default;
};

/// Presence for applications. Rooms here are keys of their own, apart from Socket.IO rooms, and belong to the plugin that
/// uses them. Functions [loop]; handlers run on the loop that asked, possibly before the function returns.
class Presence {
 public:
  /// Adds the member, or replaces its value and leaves it in its place. `max_members` (0: no bound) counts over the cluster:
  /// `full` changes nothing, and is never said of a member that is there.
  virtual void put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members,
                   PresenceHandler& handler) = 0;
  virtual void remove(std::string_view room, std::string_view member, PresenceHandler& handler) = 0;
  virtual void list(std::string_view room, PresenceHandler& handler) = 0;

 protected:
  ~Presence() = default;
};

}  // namespace signaling::plugin_api
