#pragma once
// Which event loops of this node have members of a room, for all loops: so that a broadcast is posted to those alone, and the
// adapter is asked for a room's messages while somebody is in it.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <signaling/base/clock.hpp>
#include <signaling/plugin_api/adapter.hpp>
#include <signaling/socketio/options.hpp>

#include "awaited_answers.hpp"
#include "handler_ref.hpp"

namespace signaling::socketio {

/// One room with members somewhere on this node. Kept alive by the loops whose bit is set.
struct RoomRecord {
  std::string topic;
  std::atomic<std::uint64_t> loops{0};
  /// Under `RoomRegistry::completion_mutex_`: the adapter has told that the topic's messages reach this node.
  bool reachable = false;
  plugin_api::Status failure = plugin_api::Status::ok;
  std::vector<HandlerRef<plugin_api::StatusHandler>> waiting;
};

/// Name of a room across namespaces: `<namespace>\n<room>`; the namespace itself is `<namespace>\n`. A line feed cannot occur
/// in a namespace name.
std::string room_topic(std::string_view namespace_name, std::string_view room);
/// The same into a string that keeps its capacity: for the path of every message.
std::string_view room_topic(std::string_view namespace_name, std::string_view room, std::string& buffer);

/// Locks are held for one map operation, only where a loop's first member comes or its last leaves, and where somebody
/// broadcasts to a room without being in it. [any thread]
class RoomRegistry {
 public:
  /// With an adapter that has no other nodes, or none at all, `adapter` is nullptr: everything is reachable at once.
  /// @param adapter_plugin  its number for the HookObserver
  RoomRegistry(plugin_api::Adapter* adapter, std::uint32_t adapter_plugin, HookObserver& hooks, std::uint32_t loop_count)
      : adapter_(adapter), adapter_plugin_(adapter_plugin), hooks_(hooks), loop_count_(loop_count) {}
  ~RoomRegistry() { awaited_->close(); }

  /// Sets the loop's bit; the first subscribes.
  RoomRecord& acquire(std::string_view topic, std::uint32_t loop, base::TimePoint now);
  /// Clears the loop's bit; the last unsubscribes and ends the record.
  void release(RoomRecord& record, std::uint32_t loop);
  /// Loops with members, as bits. 0 where nobody is.
  std::uint64_t loops(std::string_view topic) const;
  std::uint64_t loops(std::string_view namespace_name, std::string_view room) const {
    thread_local std::string buffer;
    return loops(room_topic(namespace_name, room, buffer));
  }
  /// Tells the handler once messages of other nodes reach this room, possibly at once, from any thread.
  void when_reachable(RoomRecord& record, HandlerRef<plugin_api::StatusHandler> handler);
  /// Rooms whose subscription the adapter has not answered within `longest_adapter_wait` are `unavailable`. About once a
  /// second, one thread at a time.
  void tick(base::TimePoint now) { awaited_->tick(now); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, std::shared_ptr<RoomRecord>, Hash, std::equal_to<>> records;
  };
  class Subscription;

  Shard& shard_of(std::string_view topic) { return shards_[Hash{}(topic) % shards_.size()]; }
  const Shard& shard_of(std::string_view topic) const { return shards_[Hash{}(topic) % shards_.size()]; }
  /// Of a subscription: tells whoever waits for it.
  void complete(RoomRecord& record, plugin_api::Status status);
  void fail(RoomRecord& record, std::string_view what);

  plugin_api::Adapter* adapter_;
  std::uint32_t adapter_plugin_;
  HookObserver& hooks_;
  std::uint32_t loop_count_;
  std::array<Shard, 16> shards_;
  std::mutex completion_mutex_;  // taken after a shard's mutex, never before one
  const std::shared_ptr<AwaitedAnswers> awaited_ = std::make_shared<AwaitedAnswers>();
};

}  // namespace signaling::socketio
