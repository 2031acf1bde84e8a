#pragma once
// One node with the adapter under test, its asynchronous functions turned into calls that wait.

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/plugin_api/adapter.hpp>
#include <signaling/test_kit/fake_config.hpp>
#include <signaling/test_kit/fake_host.hpp>

#include "../plugin_under_test.hpp"
#include "recording_events.hpp"

namespace signaling::testing {

struct PresenceAnswer {
  struct Entry {
    std::string member;
    std::string value;
    std::uint64_t mark;
  };
  plugin_api::Status status = plugin_api::Status::timeout;
  std::uint64_t mark = 0;
  bool existed = false;
  std::vector<Entry> others;

  std::vector<std::string> members() const;
};

struct HistoryAnswer {
  plugin_api::Status status = plugin_api::Status::timeout;
  std::uint64_t next_offset = 0;
  std::vector<std::string> items;
};

/// A handler that must be called exactly once and then released, or the test fails. The answer can be had by `wait`.
template <class Answer>
class Pending {
 public:
  Answer wait() {
    if (future_.wait_for(patience) == std::future_status::ready) return future_.get();
    ADD_FAILURE() << "the adapter did not call the handler";
    return {};
  }
  bool is_done() const { return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }

 private:
  friend class AdapterNode;
  std::future<Answer> future_;
};

/// Started by the constructor, stopped and destroyed by the destructor at the latest. Functions from any thread but the life
/// cycle.
class AdapterNode {
 public:
  /// @param tag  4 base64url characters
  explicit AdapterNode(std::string tag = "AAAA", std::string name = "node");
  ~AdapterNode();
  AdapterNode(const AdapterNode&) = delete;
  AdapterNode& operator=(const AdapterNode&) = delete;

  void stop();
  plugin_api::Adapter& adapter() { return *adapter_; }
  const RecordingEvents& events() const { return events_; }
  const plugin_api::ConfigView& config() const { return *plugin_check::PluginUnderTest::get().config; }
  const std::string& tag() const { return tag_; }
  /// Health becomes empty in time.
  bool wait_until_healthy();

  Pending<PresenceAnswer> start_put(std::string_view room, std::string_view member, std::string_view value,
                                    std::uint32_t max_members = 0);
  PresenceAnswer put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members = 0) {
    return start_put(room, member, value, max_members).wait();
  }
  PresenceAnswer remove(std::string_view room, std::string_view member);
  PresenceAnswer list(std::string_view room);
  /// Asks again while the backend is away, which it may be for a moment (a slot of a cluster moves).
  plugin_api::Status subscribe(std::string_view topic);
  plugin_api::Status publish(const plugin_api::Destination& destination, std::string_view body);
  plugin_api::Status publish_to_topic(std::string_view topic, std::string_view body);
  /// Where the adapter has the capability `counters`.
  std::vector<plugin_api::CounterLevel> take(std::span<const plugin_api::CounterTake> takes, std::uint32_t wait_ms = 5'000);
  plugin_api::CounterLevel take(const plugin_api::CounterTake& take) {
    const auto levels = this->take({&take, 1});
    return levels.size() == 1 ? levels.front() : plugin_api::CounterLevel{plugin_api::Status::timeout};
  }
  HistoryAnswer append(std::string_view topic, std::string_view item);
  HistoryAnswer replay(std::string_view topic, std::uint64_t offset);
  /// Tags of the nodes it knows.
  std::vector<std::string> nodes();

 private:
  const std::string tag_;
  FakeHost host_;
  RecordingEvents events_;
  plugin_api::Plugin* plugin_ = nullptr;
  plugin_api::Adapter* adapter_ = nullptr;
  bool is_running_ = false;
};

/// A name that no other test, run or node uses.
std::string unique_name(std::string_view prefix);

}  // namespace signaling::testing
