#include "adapter_node.hpp"

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <unistd.h>

#include <signaling/plugin_api/callbacks.hpp>

namespace signaling::testing {

using plugin_api::Bytes;
using plugin_api::Status;

namespace {

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }

/// Fails the test when a handler is called twice or released uncalled.
template <class Answer>
struct Once {
  std::promise<Answer> promise;
  bool called = false;
  void set(Answer answer) {
    EXPECT_FALSE(called) << "the adapter called a handler twice";
    if (!std::exchange(called, true)) promise.set_value(std::move(answer));
  }
  Once() = default;
  Once(Once&& other) noexcept : promise(std::move(other.promise)), called(std::exchange(other.called, true)) {}
  ~Once() { EXPECT_TRUE(called) << "the adapter released a handler without calling it"; }
};

auto presence_handler(std::future<PresenceAnswer>& future) {
  Once<PresenceAnswer> once;
  future = once.promise.get_future();
  return [once = std::move(once)](Status status, std::uint64_t mark, bool existed,
                                  std::span<const plugin_api::PresenceEntry> others) mutable {
    PresenceAnswer answer{status, mark, existed, {}};
    for (const auto& entry : others) {
      answer.others.push_back({std::string(entry.member), std::string(entry.value), entry.mark});
    }
    once.set(std::move(answer));
  };
}

auto history_handler(std::future<HistoryAnswer>& future) {
  Once<HistoryAnswer> once;
  future = once.promise.get_future();
  return [once = std::move(once)](Status status, std::uint64_t next_offset, std::span<const Bytes> items) mutable {
    HistoryAnswer answer{status, next_offset, {}};
    for (const auto& item : items) answer.items.emplace_back(reinterpret_cast<const char*>(item.data()), item.size());
    once.set(std::move(answer));
  };
}

template <class Answer>
Answer wait_for(std::future<Answer>& future) {
  if (future.wait_for(patience) == std::future_status::ready) return future.get();
  ADD_FAILURE() << "the adapter did not call the handler";
  return {};
}

void expect_none(const FakeProblems& problems, std::string_view step) {
  for (const auto& problem : problems.list) ADD_FAILURE() << step << ": " << problem;
}

}  // namespace

std::vector<std::string> PresenceAnswer::members() const {
  std::vector<std::string> names;
  for (const auto& entry : others) names.push_back(entry.member);
  return names;
}

AdapterNode::AdapterNode(std::string tag, std::string name) : tag_(std::move(tag)), host_(name, 1, FakeHost::ClockKind::real) {
  const plugin_api::Manifest& manifest = plugin_check::PluginUnderTest::get().manifest();
  plugin_ = manifest.create(host_);
  adapter_ = static_cast<plugin_api::Adapter*>(plugin_);
  FakeProblems problems;
  plugin_->validate(config(), problems);
  expect_none(problems, "validate");
  adapter_->attach(events_, {tag_, host_.node_name(), host_.server_version(), "test"});
  plugin_->start(config(), problems);
  expect_none(problems, "start");
  is_running_ = true;
}

AdapterNode::~AdapterNode() {
  stop();
  plugin_check::PluginUnderTest::get().manifest().destroy(plugin_);
}

void AdapterNode::stop() {
  if (!std::exchange(is_running_, false)) return;
  adapter_->drain(100);
  adapter_->stop();
}

bool AdapterNode::wait_until_healthy() {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!adapter_->health().empty()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

Pending<PresenceAnswer> AdapterNode::start_put(std::string_view room, std::string_view member, std::string_view value,
                                               std::uint32_t max_members) {
  Pending<PresenceAnswer> pending;
  adapter_->presence_put(room, member, value, max_members,
                         plugin_api::make_presence_handler(presence_handler(pending.future_)));
  return pending;
}

PresenceAnswer AdapterNode::remove(std::string_view room, std::string_view member) {
  std::future<PresenceAnswer> future;
  adapter_->presence_remove(room, member, plugin_api::make_presence_handler(presence_handler(future)));
  return wait_for(future);
}

PresenceAnswer AdapterNode::list(std::string_view room) {
  std::future<PresenceAnswer> future;
  adapter_->presence_list(room, plugin_api::make_presence_handler(presence_handler(future)));
  return wait_for(future);
}

Status AdapterNode::subscribe(std::string_view topic) {
  for (const auto end = std::chrono::steady_clock::now() + patience;;) {
    Once<Status> once;
    auto future = once.promise.get_future();
    adapter_->subscribe(
        topic, plugin_api::make_subscribe_handler([once = std::move(once)](Status status) mutable { once.set(status); }));
    const Status status = wait_for(future);
    if (status != Status::unavailable || std::chrono::steady_clock::now() > end) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Status AdapterNode::publish(const plugin_api::Destination& destination, std::string_view body) {
  return adapter_->publish(destination, bytes_of(body));
}

Status AdapterNode::publish_to_topic(std::string_view topic, std::string_view body) {
  return publish({plugin_api::Destination::Kind::topic, topic}, body);
}

std::vector<plugin_api::CounterLevel> AdapterNode::take(std::span<const plugin_api::CounterTake> takes, std::uint32_t wait_ms) {
  Once<std::vector<plugin_api::CounterLevel>> once;
  auto future = once.promise.get_future();
  static_cast<plugin_api::CountingAdapter*>(adapter_)->take_counters(
      takes, wait_ms, plugin_api::make_counter_handler([once = std::move(once)](auto levels) mutable {
        once.set({levels.begin(), levels.end()});
      }));
  return wait_for(future);
}

HistoryAnswer AdapterNode::append(std::string_view topic, std::string_view item) {
  std::future<HistoryAnswer> future;
  adapter_->history_append(topic, bytes_of(item), plugin_api::make_history_handler(history_handler(future)));
  return wait_for(future);
}

HistoryAnswer AdapterNode::replay(std::string_view topic, std::uint64_t offset) {
  std::future<HistoryAnswer> future;
  adapter_->history_replay(topic, offset, plugin_api::make_history_handler(history_handler(future)));
  return wait_for(future);
}

std::vector<std::string> AdapterNode::nodes() {
  struct Visitor final : plugin_api::NodeVisitor {
    std::vector<std::string> tags;
    void on_node(const plugin_api::NodeInfo& node) override { tags.emplace_back(node.tag); }
  } visitor;
  adapter_->visit_nodes(visitor);
  return visitor.tags;
}

std::string unique_name(std::string_view prefix) {
  static std::atomic<unsigned> next{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return std::string(prefix) + '-' + std::to_string(getpid()) + '-' + std::to_string(now) + '-' + std::to_string(next++);
}

}  // namespace signaling::testing
