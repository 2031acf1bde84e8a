#include "history_store.hpp"

namespace signaling::memory_adapter {

using plugin_api::Status;

HistoryResult HistoryStore::append(std::string_view name, plugin_api::Bytes item, std::int64_t now_ms) {
  if (name.empty()) return {.status = Status::invalid};
  if (item.size() > limits_.max_bytes) return {.status = Status::too_many};
  auto bytes = std::make_shared<const std::vector<std::byte>>(item.begin(), item.end());
  Shard& shard = shard_of(name);
  const std::lock_guard lock(shard.mutex);
  forget_dead_topics(shard, now_ms);
  auto known = shard.index.find(name);
  if (known == shard.index.end()) {
    if (topic_count_.fetch_add(1, std::memory_order_relaxed) >= limits_.max_topics) {
      topic_count_.fetch_sub(1, std::memory_order_relaxed);
      return {.status = Status::too_many};
    }
    const std::uint64_t start = offsets_.load(std::memory_order_relaxed);
    shard.topics.push_back({.name = std::string(name), .items = {}, .floor = start, .end = start});
    known = shard.index.emplace(name, std::prev(shard.topics.end())).first;
  } else {
    shard.topics.splice(shard.topics.end(), shard.topics, known->second);
  }
  Topic& topic = *known->second;
  while (!topic.items.empty() && (topic.items.size() >= limits_.max_items || topic.bytes + item.size() > limits_.max_bytes)) {
    drop_first(topic);
  }
  topic.end = offsets_.fetch_add(1, std::memory_order_relaxed) + 1;
  topic.bytes += item.size();
  topic.last_append_ms = now_ms;
  topic.items.push_back({topic.end, now_ms, std::move(bytes)});
  return {.status = Status::ok, .next_offset = topic.end};
}

HistoryResult HistoryStore::replay(std::string_view name, std::uint64_t offset, std::int64_t now_ms) {
  Shard& shard = shard_of(name);
  const std::lock_guard lock(shard.mutex);
  forget_dead_topics(shard, now_ms);
  const auto known = shard.index.find(name);
  if (known == shard.index.end()) return {.status = Status::not_found};
  Topic& topic = *known->second;
  drop_old_items(topic, now_ms);
  if (offset < topic.floor || offset > topic.end) return {.status = Status::not_found};
  HistoryResult result{.status = Status::ok, .next_offset = topic.end};
  for (const Item& item : topic.items) {
    if (item.next_offset > offset) result.items.push_back(item.bytes);
  }
  return result;
}

void HistoryStore::forget_dead_topics(Shard& shard, std::int64_t now_ms) {
  while (!shard.topics.empty() && now_ms - shard.topics.front().last_append_ms >= limits_.ttl_ms) {
    shard.index.erase(shard.topics.front().name);
    shard.topics.pop_front();
    topic_count_.fetch_sub(1, std::memory_order_relaxed);
  }
}

void HistoryStore::drop_old_items(Topic& topic, std::int64_t now_ms) {
  while (!topic.items.empty() && now_ms - topic.items.front().time_ms >= limits_.ttl_ms) drop_first(topic);
}

void HistoryStore::drop_first(Topic& topic) {
  topic.floor = topic.items.front().next_offset;
  topic.bytes -= topic.items.front().bytes->size();
  topic.items.pop_front();
}

}  // namespace signaling::memory_adapter
