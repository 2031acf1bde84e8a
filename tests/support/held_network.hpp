#pragma once
// Adapters of several nodes in one process, joined by a network that the test holds in its hands: every message waits in its
// channel until the test lets it through, drops it or lets another channel go first.

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <signaling/plugin_api/adapter.hpp>

#include "idle_adapter.hpp"

namespace signaling::test {

class HeldNetwork;

class HeldAdapter final : public IdleAdapter {
 public:
  explicit HeldAdapter(HeldNetwork& network) : network_(network) {}

  void attach(plugin_api::AdapterEvents& its_events, const plugin_api::NodeInfo& self) override {
    events = &its_events;
    tag = self.tag;
    name = self.name;
    version = self.version;
    capabilities = self.capabilities;
  }
  void subscribe(std::string_view topic, plugin_api::SubscribeHandler& handler) override {
    topics.emplace(topic);
    handler.on_subscribed(plugin_api::Status::ok);
    handler.release();
  }
  void unsubscribe(std::string_view topic) override {
    if (const auto found = topics.find(topic); found != topics.end()) topics.erase(found);
  }
  plugin_api::Status publish(const plugin_api::Destination& destination, plugin_api::Bytes message) override;

  plugin_api::NodeInfo info() const { return {tag, name, version, capabilities}; }

  plugin_api::AdapterEvents* events = nullptr;
  std::string tag;
  std::string name;
  std::string version;
  std::string capabilities;
  std::multiset<std::string, std::less<>> topics;
  plugin_api::Status publish_status = plugin_api::Status::ok;  ///< what the next messages come to
  std::size_t published = 0;

 private:
  HeldNetwork& network_;
};

/// From one node to another, over one channel.
struct HeldMessage {
  std::string from;
  std::string to;
  plugin_api::Destination::Kind kind;
  std::string name;  ///< of the topic, or the tag; empty for all
  std::string body;

  std::string channel() const {
    using Kind = plugin_api::Destination::Kind;
    return kind == Kind::topic ? "topic " + name : kind == Kind::node ? "node" : "all";
  }
};

class HeldNetwork {
 public:
  /// Tells every node of the new one and the new one of every node.
  void join(HeldAdapter& adapter) {
    for (HeldAdapter* other : nodes_) {
      other->events->on_node_joined(adapter.info());
      adapter.events->on_node_joined(other->info());
    }
    nodes_.push_back(&adapter);
  }
  /// The node is gone; its messages that are under way are not.
  void lose(HeldAdapter& adapter) {
    std::erase(nodes_, &adapter);
    for (HeldAdapter* other : nodes_) other->events->on_node_lost(adapter.info());
  }

  void send(const HeldAdapter& from, const plugin_api::Destination& to, plugin_api::Bytes body) {
    using Kind = plugin_api::Destination::Kind;
    for (HeldAdapter* other : nodes_) {
      if (other == &from) continue;
      if (to.kind == Kind::topic && !other->topics.contains(to.name)) continue;
      if (to.kind == Kind::node && other->tag != to.name) continue;
      HeldMessage message{from.tag, other->tag, to.kind, std::string(to.name),
                          std::string(reinterpret_cast<const char*>(body.data()), body.size())};
      if (drop && drop(message)) continue;
      waiting.push_back(std::move(message));
    }
  }

  /// Delivers what waits and `let` allows, oldest first; true where there was something.
  bool deliver(const std::function<bool(const HeldMessage&)>& let = {}) {
    bool worked = false;
    for (std::size_t i = 0; i < waiting.size();) {
      if (let && !let(waiting[i])) {
        ++i;
        continue;
      }
      const HeldMessage message = std::move(waiting[i]);
      waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(i));
      arrive(message);
      worked = true;
    }
    return worked;
  }
  void arrive(const HeldMessage& message) {
    using Kind = plugin_api::Destination::Kind;
    for (HeldAdapter* node : nodes_) {
      if (node->tag != message.to) continue;
      const std::string body = message.body;  // as long as the call: what is kept past it is caught by the address sanitizer
      const plugin_api::ClusterMessage arriving{
          message.from, message.kind, message.kind == Kind::topic ? std::string_view(message.name) : std::string_view(),
          std::as_bytes(std::span(body))};
      node->events->on_messages({&arriving, 1});
    }
  }

  std::function<bool(const HeldMessage&)> drop;  ///< those are lost as they are sent
  std::deque<HeldMessage> waiting;

 private:
  std::vector<HeldAdapter*> nodes_;
};

inline plugin_api::Status HeldAdapter::publish(const plugin_api::Destination& destination, plugin_api::Bytes message) {
  if (publish_status != plugin_api::Status::ok) return publish_status;
  ++published;
  network_.send(*this, destination, message);
  return plugin_api::Status::ok;
}

}  // namespace signaling::test
