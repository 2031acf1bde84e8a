#include "memory_adapter.hpp"

#include <vector>

namespace signaling::memory_adapter {

using plugin_api::Bytes;
using plugin_api::Status;

namespace {

/// Calls the handler and releases it, which has to happen whatever the handler throws.
template <class Handler, class Call>
void finish(Handler& handler, Call call) {
  struct Release {
    Handler& handler;
    ~Release() { handler.release(); }
  } const release{handler};
  call();
}

void finish(plugin_api::PresenceHandler& handler, const PresenceResult& result) {
  finish(handler, [&] { handler.on_presence(result.status, result.mark, result.existed, result.others); });
}

void finish(plugin_api::HistoryHandler& handler, const HistoryResult& result) {
  std::vector<Bytes> items;
  items.reserve(result.items.size());
  for (const HistoryItem& item : result.items) items.emplace_back(*item);
  finish(handler, [&] { handler.on_history(result.status, result.next_offset, items); });
}

std::size_t size_of(const plugin_api::ConfigView& config, std::string_view key) {
  return static_cast<std::size_t>(config.integer(key));
}

}  // namespace

void MemoryAdapter::start(const plugin_api::ConfigView& config, plugin_api::Problems&) {
  presence_ = std::make_unique<PresenceStore>(PresenceLimits{.max_rooms = size_of(config, "max_rooms"),
                                                             .max_members = size_of(config, "max_members_per_room"),
                                                             .max_value_bytes = size_of(config, "max_value_bytes")});
  if (config.boolean("history")) {
    history_ = std::make_unique<HistoryStore>(HistoryLimits{.max_topics = size_of(config, "history_max_topics"),
                                                            .max_items = size_of(config, "history_max_items"),
                                                            .max_bytes = size_of(config, "history_max_bytes"),
                                                            .ttl_ms = config.duration_ms("history_ttl")});
  }
  counters_ = std::make_unique<CounterStore>(size_of(config, "max_counters"));
  is_running_.store(true, std::memory_order_release);
  if (events_ != nullptr) events_->on_health_changed(true, {});
}

void MemoryAdapter::stop() { is_running_.store(false, std::memory_order_release); }

std::string_view MemoryAdapter::health() const {
  return is_running_.load(std::memory_order_acquire) ? std::string_view() : "not running";
}

void MemoryAdapter::attach(plugin_api::AdapterEvents& events, const plugin_api::NodeInfo& self) {
  events_ = &events;
  self_ = {std::string(self.tag), std::string(self.name), std::string(self.version), std::string(self.capabilities)};
}

void MemoryAdapter::subscribe(std::string_view, plugin_api::SubscribeHandler& handler) {
  finish(handler, [&] { handler.on_subscribed(Status::ok); });
}

void MemoryAdapter::unsubscribe(std::string_view) {}

Status MemoryAdapter::publish(const plugin_api::Destination&, Bytes) { return Status::ok; }

void MemoryAdapter::presence_put(std::string_view room, std::string_view member, std::string_view value,
                                 std::uint32_t max_members, plugin_api::PresenceHandler& handler) {
  finish(handler, presence_->put(room, member, value, max_members));
}

void MemoryAdapter::presence_remove(std::string_view room, std::string_view member, plugin_api::PresenceHandler& handler) {
  finish(handler, presence_->remove(room, member));
}

void MemoryAdapter::presence_list(std::string_view room, plugin_api::PresenceHandler& handler) {
  finish(handler, presence_->list(room));
}

void MemoryAdapter::visit_nodes(plugin_api::NodeVisitor& visitor) {
  visitor.on_node({self_.tag, self_.name, self_.version, self_.capabilities});
}

void MemoryAdapter::history_append(std::string_view topic, Bytes item, plugin_api::HistoryHandler& handler) {
  finish(handler,
         history_ ? history_->append(topic, item, host_.monotonic_ms()) : HistoryResult{.status = Status::unsupported});
}

void MemoryAdapter::history_replay(std::string_view topic, std::uint64_t offset, plugin_api::HistoryHandler& handler) {
  finish(handler,
         history_ ? history_->replay(topic, offset, host_.monotonic_ms()) : HistoryResult{.status = Status::unsupported});
}

void MemoryAdapter::take_counters(std::span<const plugin_api::CounterTake> takes, std::uint32_t,
                                  plugin_api::CounterHandler& handler) {
  std::vector<plugin_api::CounterLevel> levels;
  levels.reserve(takes.size());
  const std::int64_t now_ms = host_.monotonic_ms();
  const bool is_running = is_running_.load(std::memory_order_acquire);
  for (const plugin_api::CounterTake& take : takes) {
    levels.push_back(is_running ? counters_->take(take, now_ms) : plugin_api::CounterLevel{Status::closed, false, 0});
  }
  finish(handler, [&] { handler.on_levels(levels); });
}

}  // namespace signaling::memory_adapter
