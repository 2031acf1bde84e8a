#pragma once
// What an adapter tells the core, kept and waited for.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include <signaling/plugin_api/adapter.hpp>

namespace signaling::testing {

using namespace std::chrono_literals;

/// For each wait on an adapter that has something to do.
inline constexpr auto patience = 10s;

struct RecordedMessage {
  std::string from_tag;
  plugin_api::Destination::Kind kind;
  std::string topic;
  std::string body;
  bool operator==(const RecordedMessage&) const = default;
};

struct RecordedChange {
  std::string room;
  plugin_api::MemberChange::Kind kind;
  std::string member;
  std::string value;
  std::uint64_t mark;
};

/// Everything that was told so far.
struct EventRecord {
  std::vector<RecordedMessage> messages;
  std::vector<std::string> joined;  ///< node tags
  std::vector<std::string> left;
  std::vector<std::string> lost;
  std::vector<RecordedChange> changes;
  std::size_t calls = 0;
};

class RecordingEvents final : public plugin_api::AdapterEvents {
 public:
  EventRecord record() const {
    const std::lock_guard lock(mutex_);
    return record_;
  }
  /// False where `condition(record)` has not come true in time.
  template <class Condition>
  bool wait_until(Condition condition, std::chrono::milliseconds timeout = patience) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return condition(record_); });
  }

  void on_messages(std::span<const plugin_api::ClusterMessage> messages) override {
    note([&](EventRecord& record) {
      for (const auto& message : messages) {
        const auto* bytes = reinterpret_cast<const char*>(message.body.data());
        record.messages.push_back(
            {std::string(message.from_tag), message.kind, std::string(message.topic), std::string(bytes, message.body.size())});
      }
    });
  }
  void on_node_joined(const plugin_api::NodeInfo& node) override {
    note([&](EventRecord& record) { record.joined.emplace_back(node.tag); });
  }
  void on_node_left(const plugin_api::NodeInfo& node) override {
    note([&](EventRecord& record) { record.left.emplace_back(node.tag); });
  }
  void on_node_lost(const plugin_api::NodeInfo& node) override {
    note([&](EventRecord& record) { record.lost.emplace_back(node.tag); });
  }
  void on_members_changed(std::string_view room, std::span<const plugin_api::MemberChange> changes) override {
    note([&](EventRecord& record) {
      for (const plugin_api::MemberChange& change : changes) {
        record.changes.push_back(
            {std::string(room), change.kind, std::string(change.member), std::string(change.value), change.mark});
      }
    });
  }
  void on_health_changed(bool, std::string_view) override {
    note([](EventRecord&) {});
  }

 private:
  template <class Change>
  void note(Change change) {
    const std::lock_guard lock(mutex_);
    change(record_);
    ++record_.calls;
    changed_.notify_all();
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  EventRecord record_;
};

}  // namespace signaling::testing
