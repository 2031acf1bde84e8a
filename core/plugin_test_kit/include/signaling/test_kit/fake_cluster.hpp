#pragma once
// Several nodes, each with one application on one loop, joined by channels that the test delivers from.
//
// What the real server promises holds here too: order from one node to another, broadcasts to the nodes that are subscribed
// when they are sent, held admissions, marks. Everything else comes in the order that the test picks.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <signaling/test_kit/fake_node.hpp>
#include <signaling/test_kit/fake_presence.hpp>

namespace signaling::testing {

class FakeCluster {
 public:
  explicit FakeCluster(std::size_t nodes = 1);
  ~FakeCluster();
  FakeCluster(const FakeCluster&) = delete;
  FakeCluster& operator=(const FakeCluster&) = delete;

  FakeNode& node(std::size_t number) { return *nodes_.at(number); }
  std::size_t size() const { return nodes_.size(); }
  FakePresence& presence() { return presence_; }
  /// Messages between nodes, and subscriptions, wait until they are chosen.
  void hold_network(bool is_held) { is_held_ = is_held; }

  /// Number of things that may happen next: a step of presence, a message arriving, a subscription becoming effective.
  std::size_t choices() const;
  void choose(std::size_t index);
  /// Until nothing waits.
  void run();
  /// As servers that stop: everybody is disconnected, everything comes to its end. Before the applications are destroyed.
  void stop();

 private:
  friend class FakeNode;
  friend class FakeSocket;
  void send(std::size_t from, std::size_t to, std::function<void()> arrival);
  FakeNode* owner_of(std::string_view id);

  FakePresence presence_;
  std::vector<std::unique_ptr<FakeNode>> nodes_;
  std::map<std::pair<std::size_t, std::size_t>, std::deque<std::function<void()>>> channels_;  ///< none is empty
  std::vector<std::pair<std::size_t, FakeNode::RoomKey>> subscribing_;
  std::vector<std::shared_ptr<ServerExchange>> exchanges_;
  bool is_held_ = false;
};

}  // namespace signaling::testing
