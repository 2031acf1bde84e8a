#pragma once
// The last messages of each topic, bounded in number, bytes and age: the history half of the adapter contract.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/values.hpp>

#include "presence_store.hpp"

namespace signaling::memory_adapter {

struct HistoryLimits {
  std::size_t max_topics;
  std::size_t max_items;  ///< of one topic
  std::size_t max_bytes;  ///< of one topic
  std::int64_t ttl_ms;
};

using HistoryItem = std::shared_ptr<const std::vector<std::byte>>;

struct HistoryResult {
  plugin_api::Status status = plugin_api::Status::ok;
  std::uint64_t next_offset = 0;
  std::vector<HistoryItem> items = {};
};

/// Offsets come from one counter for all topics: one that was given out before a topic was forgotten and begun anew is seen to
/// be too old, never mistaken for a place in the new one. Time is told by the caller, in milliseconds that never go back.
/// [any thread]
class HistoryStore {
 public:
  explicit HistoryStore(const HistoryLimits& limits) : limits_(limits) {}

  /// Makes room by dropping the oldest items of the topic. `too_many` where the item alone is over the bytes, or a new topic
  /// over the topics.
  HistoryResult append(std::string_view topic, plugin_api::Bytes item, std::int64_t now_ms);
  /// Everything behind `offset`, or `not_found` where some of that is gone.
  HistoryResult replay(std::string_view topic, std::uint64_t offset, std::int64_t now_ms);

  std::size_t topic_count() const noexcept { return topic_count_.load(std::memory_order_relaxed); }

 private:
  struct Item {
    std::uint64_t next_offset;  ///< place behind it
    std::int64_t time_ms;
    HistoryItem bytes;
  };
  struct Topic {
    std::string name;
    std::deque<Item> items;
    std::uint64_t floor;  ///< everything behind this place is kept
    std::uint64_t end;    ///< place behind the newest item
    std::size_t bytes = 0;
    std::int64_t last_append_ms = 0;
  };
  struct alignas(64) Shard {
    std::mutex mutex;
    // Guarded by mutex. The list goes from the topic that was quiet longest to the one appended to last, so that the dead
    // ones are found at its front.
    std::list<Topic> topics;
    TextMap<std::list<Topic>::iterator> index;
  };

  Shard& shard_of(std::string_view topic) noexcept { return shards_[TextHash()(topic) % shards_.size()]; }
  void forget_dead_topics(Shard& shard, std::int64_t now_ms);
  void drop_old_items(Topic& topic, std::int64_t now_ms);
  static void drop_first(Topic& topic);

  const HistoryLimits limits_;
  std::array<Shard, 64> shards_;
  std::atomic<std::uint64_t> offsets_{0};
  std::atomic<std::size_t> topic_count_{0};
};

}  // namespace signaling::memory_adapter
