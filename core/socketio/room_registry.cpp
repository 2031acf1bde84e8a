#include "room_registry.hpp"

#include <signaling/base/quarantine.hpp>

namespace signaling::socketio {

using plugin_api::Status;
using plugin_api::StatusHandler;

std::string room_topic(std::string_view namespace_name, std::string_view room) {
  std::string topic;
  topic.reserve(namespace_name.size() + 1 + room.size());
  topic += namespace_name;
  topic += '\n';
  topic += room;
  return topic;
}

std::string_view room_topic(std::string_view namespace_name, std::string_view room, std::string& buffer) {
  buffer.assign(namespace_name);
  buffer += '\n';
  buffer += room;
  return buffer;
}

/// The adapter's answer to one subscribe; outlives the record where the room empties first.
class RoomRegistry::Subscription final : public plugin_api::SubscribeHandler {
 public:
  Subscription(RoomRegistry& registry, std::shared_ptr<RoomRecord> record)
      : registry_(registry), hooks_(registry.hooks_), record_(std::move(record)) {}

  void on_subscribed(Status status) override {
    if (is_told_.exchange(true)) {
      return hooks_.on_fault(unknown_plugin, Fault::completed_twice, "a second answer to a subscription");
    }
    std::vector<HandlerRef<StatusHandler>> waiting;
    {
      const std::lock_guard lock(registry_.completion_mutex_);
      record_->reachable = status == Status::ok;
      record_->failure = status;
      waiting.swap(record_->waiting);
    }
    for (HandlerRef<StatusHandler>& handler : waiting) {
      tell(registry_.hooks_, registry_.loop_count_, std::move(handler), status);
    }
  }
  void release() noexcept override {
    static base::Quarantine<Subscription, 1024> finished;
    if (is_released_.exchange(true)) {
      return hooks_.on_fault(unknown_plugin, Fault::completed_twice, "a second release of a subscription");
    }
    record_.reset();
    finished.add(std::unique_ptr<Subscription>(this));
  }

 private:
  RoomRegistry& registry_;
  HookObserver& hooks_;
  std::atomic<bool> is_told_{false};
  std::atomic<bool> is_released_{false};
  std::shared_ptr<RoomRecord> record_;
};

RoomRecord& RoomRegistry::acquire(std::string_view topic, std::uint32_t loop) {
  Shard& shard = shard_of(topic);
  const std::lock_guard lock(shard.mutex);
  auto found = shard.records.find(topic);
  if (found == shard.records.end()) {
    auto record = std::make_shared<RoomRecord>();
    record->topic = topic;
    found = shard.records.emplace(record->topic, std::move(record)).first;
    // Under the shard's lock, so that the adapter sees subscribe and unsubscribe of one topic in the order they happened.
    if (adapter_ != nullptr) adapter_->subscribe(topic, *new Subscription(*this, found->second));
  }
  RoomRecord& record = *found->second;
  record.loops.fetch_or(std::uint64_t{1} << loop, std::memory_order_acq_rel);
  return record;
}

void RoomRegistry::release(RoomRecord& record, std::uint32_t loop) {
  const std::string topic = record.topic;
  Shard& shard = shard_of(topic);
  std::shared_ptr<RoomRecord> ended;  // destroyed after the lock
  const std::lock_guard lock(shard.mutex);
  const std::uint64_t bit = std::uint64_t{1} << loop;
  if ((record.loops.fetch_and(~bit, std::memory_order_acq_rel) & ~bit) != 0) return;
  const auto found = shard.records.find(topic);
  ended = std::move(found->second);
  shard.records.erase(found);
  if (adapter_ != nullptr) adapter_->unsubscribe(topic);
}

std::uint64_t RoomRegistry::loops(std::string_view topic) const {
  const Shard& shard = shard_of(topic);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.records.find(topic);
  return found == shard.records.end() ? 0 : found->second->loops.load(std::memory_order_acquire);
}

void RoomRegistry::when_reachable(RoomRecord& record, HandlerRef<StatusHandler> handler) {
  Status status = Status::ok;
  if (adapter_ != nullptr) {
    const std::lock_guard lock(completion_mutex_);
    if (!record.reachable && record.failure == Status::ok) {
      record.waiting.push_back(std::move(handler));
      return;
    }
    status = record.failure;
  }
  tell(hooks_, loop_count_, std::move(handler), status);
}

}  // namespace signaling::socketio
