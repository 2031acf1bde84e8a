#pragma once
// Who is in which room, on this one node: the presence half of the adapter contract, without handlers and threads of its own.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <signaling/plugin_api/presence.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::memory_adapter {

/// Hash for maps keyed by std::string that are asked by std::string_view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
};
template <class Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

struct PresenceLimits {
  std::size_t max_rooms;
  std::size_t max_members;  ///< in one room
  std::size_t max_value_bytes;
};

/// What one operation came to. Owns the bytes that `others` point into.
class PresenceResult {
 public:
  plugin_api::Status status = plugin_api::Status::ok;
  std::uint64_t mark = 0;
  bool existed = false;
  std::vector<plugin_api::PresenceEntry> others;

 private:
  friend class PresenceStore;
  std::string bytes_;
};

/// Rooms in shards, each with a mutex that is held for the change and the copy of the room, never while anybody is called.
///
/// Marks come from one counter for all rooms, so that they also grow over the end of a room and its new beginning: a member
/// that a late message is compared with may have entered before. [any thread]
class PresenceStore {
 public:
  explicit PresenceStore(const PresenceLimits& limits) : limits_(limits) {}

  /// `full` by `max_members` of the call (0: none), `too_many` by the limits, `invalid` without names. Replacing is never
  /// `full`.
  PresenceResult put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members);
  /// `others` stays empty: who leaves needs no list, and a big room that empties would copy it for each.
  PresenceResult remove(std::string_view room, std::string_view member);
  /// `mark`: no change of the room up to now has a greater one, and every later change has.
  PresenceResult list(std::string_view room) const;

  std::size_t room_count() const noexcept { return room_count_.load(std::memory_order_relaxed); }

 private:
  struct Member {
    std::string id;
    std::string value;
    std::uint64_t mark;
  };
  struct Room {
    std::list<Member> members;  ///< in order of entry
    std::unordered_map<std::string_view, std::list<Member>::iterator> index;
    std::size_t bytes = 0;  ///< of all ids and values
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    TextMap<Room> rooms;  ///< guarded by mutex; holds no empty room
  };

  Shard& shard_of(std::string_view room) noexcept { return shards_[TextHash()(room) % shards_.size()]; }
  const Shard& shard_of(std::string_view room) const noexcept { return shards_[TextHash()(room) % shards_.size()]; }
  std::uint64_t next_mark() noexcept { return marks_.fetch_add(1, std::memory_order_relaxed) + 1; }
  bool take_room_slot() noexcept;
  static void copy_others(const Room& room, std::string_view member, PresenceResult& result);

  const PresenceLimits limits_;
  std::array<Shard, 64> shards_;
  std::atomic<std::uint64_t> marks_{0};
  std::atomic<std::size_t> room_count_{0};
};

}  // namespace signaling::memory_adapter
