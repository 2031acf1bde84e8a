#pragma once
// Which changes of members this node has been told of, by another node's broadcast or by the adapter: no change twice.

#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>

#include "recent_keys.hpp"

namespace signaling::socketio::cluster {

/// After a gap the adapter tells what this node may have missed. It cannot know exactly where the gap began and ended: a
/// broadcast of a change may have arrived just before, or arrive just after. Both name the change by its mark and its member:
/// a broadcast has them as `Target::before_mark` and in `Target::except`, since it is for all but the member itself. (Rooms
/// do not tell: the presence room and the Socket.IO room may have different names.) The last `RecentKeys::capacity` of each
/// are remembered. [any thread]
class HeardChanges {
 public:
  /// A broadcast about the change has arrived. False: the adapter has told it already.
  bool on_broadcast(std::string_view member, std::uint64_t mark) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t key = key_of(member, mark);
    broadcasts_.add(key);
    told_.take_memory();  // not hours later, with the first gap
    return !told_.has(key);
  }
  /// The adapter tells the change. False: a broadcast has told it already, or the adapter has, after an earlier gap.
  bool on_told(std::string_view member, std::uint64_t mark) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t key = key_of(member, mark);
    return told_.add(key) && !broadcasts_.has(key);
  }

 private:
  static std::uint64_t key_of(std::string_view member, std::uint64_t mark) {
    return mark ^ (std::uint64_t{std::hash<std::string_view>{}(member)} << 20);
  }

  std::mutex mutex_;
  RecentKeys broadcasts_;
  RecentKeys told_;
};

}  // namespace signaling::socketio::cluster
