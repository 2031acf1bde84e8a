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

/// The adapter's answer to one subscribe; outlives the record where the room empties first. Kept for a while after its release,
/// so that what comes then is noticed.
class RoomRegistry::Subscription final : public plugin_api::SubscribeHandler, public AwaitedAnswers::Awaited {
 public:
  Subscription(RoomRegistry& registry, std::shared_ptr<RoomRecord> record)
      : registry_(registry),
        awaited_(registry.awaited_),
        hooks_(registry.hooks_),
        adapter_plugin_(registry.adapter_plugin_),
        record_(std::move(record)) {}

  void on_subscribed(Status status) override {
    switch (awaited_->claim(*this)) {
      case AwaitedAnswers::Claim::first: return registry_.complete(*record_, status);
      case AwaitedAnswers::Claim::second: return tell_fault("a second answer to a subscription");
      case AwaitedAnswers::Claim::late: return tell_fault("an answer to a subscription that was given up");
      case AwaitedAnswers::Claim::closed: return;
    }
  }
  void release() noexcept override {
    static base::Quarantine<Subscription, 1024> finished;
    if (is_released_.exchange(true)) return tell_fault("a second release of a subscription");
    if (awaited_->claim(*this) == AwaitedAnswers::Claim::first) {
      registry_.fail(*record_, "a subscription was released without an answer");
    }
    record_.reset();
    finished.add(std::unique_ptr<Subscription>(this));
  }

 private:
  base::Task give_up() override {
    return [&registry = registry_, record = record_] { registry.fail(*record, "no answer to a subscription in time"); };
  }
  void tell_fault(std::string_view what) { hooks_.on_fault(adapter_plugin_, Fault::completed_twice, what); }

  RoomRegistry& registry_;  // touched where the answer is the first alone: an adapter may answer after its end
  const std::shared_ptr<AwaitedAnswers> awaited_;
  HookObserver& hooks_;
  const std::uint32_t adapter_plugin_;
  std::atomic<bool> is_released_{false};
  std::shared_ptr<RoomRecord> record_;
};

void RoomRegistry::complete(RoomRecord& record, Status status) {
  std::vector<HandlerRef<StatusHandler>> waiting;
  {
    const std::lock_guard lock(completion_mutex_);
    record.reachable = status == Status::ok;
    record.failure = status;
    waiting.swap(record.waiting);
  }
  for (HandlerRef<StatusHandler>& handler : waiting) tell(hooks_, loop_count_, std::move(handler), status);
}

void RoomRegistry::fail(RoomRecord& record, std::string_view what) {
  hooks_.on_fault(adapter_plugin_, Fault::never_completed, what);
  complete(record, Status::unavailable);
}

RoomRecord& RoomRegistry::acquire(std::string_view topic, std::uint32_t loop, base::TimePoint now) {
  Shard& shard = shard_of(topic);
  const std::lock_guard lock(shard.mutex);
  auto found = shard.records.find(topic);
  if (found == shard.records.end()) {
    auto record = std::make_shared<RoomRecord>();
    record->topic = topic;
    found = shard.records.emplace(record->topic, std::move(record)).first;
    // Under the shard's lock, so that the adapter sees subscribe and unsubscribe of one topic in the order they happened.
    if (adapter_ != nullptr) {
      auto* const subscription = new Subscription(*this, found->second);
      awaited_->add(*subscription, now + longest_adapter_wait);
      adapter_->subscribe(topic, *subscription);
    }
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
