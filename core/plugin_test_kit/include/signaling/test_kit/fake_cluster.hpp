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

#include <signaling/plugin_api/application.hpp>
#include <signaling/plugin_api/namespaces.hpp>
#include <signaling/test_kit/fake_host.hpp>
#include <signaling/test_kit/fake_presence.hpp>
#include <signaling/test_kit/fake_socket.hpp>

namespace signaling::testing {

class FakeCluster;

class FakeNode final : public plugin_api::Namespaces {
 public:
  FakeNode(FakeCluster& cluster, std::size_t number);

  FakeHost& host() { return host_; }
  void run(plugin_api::Application& application) { application_ = &application; }
  /// A client comes; ids begin with the node's number.
  FakeSocket& connect();
  std::vector<FakeSocket*> sockets() const;

  void emit(const plugin_api::Target& target, const plugin_api::Payload& event, plugin_api::EmitFlags flags = {}) override;
  void emit_to_member(std::string_view namespace_name, std::string_view socket_id, std::string_view required_room,
                      const plugin_api::Payload& event, plugin_api::StatusHandler* handler) override;
  plugin_api::Socket* find_local(std::string_view namespace_name, std::string_view socket_id) override;
  // The applications under test have no use for these: they throw.
  void emit_with_ack(const plugin_api::Target&, const plugin_api::Payload&, std::uint32_t, plugin_api::BroadcastAckHandler&,
                     plugin_api::EmitFlags = {}) override;
  void join(const plugin_api::Target&, std::span<const std::string_view>) override;
  void leave(const plugin_api::Target&, std::span<const std::string_view>) override;
  void disconnect(const plugin_api::Target&, bool) override;
  void query(const plugin_api::Target&, plugin_api::Projection, std::uint32_t, bool, plugin_api::QueryHandler&) override;
  void emit_to_servers(std::string_view, const plugin_api::Payload&, std::uint32_t, plugin_api::ServerAnswersHandler*) override;

 private:
  friend class FakeCluster;
  friend class FakeSocket;
  struct Kept {
    Received what;
    std::uint64_t before_mark;
  };
  struct Member {
    FakeSocket* socket;
    bool is_held;
    std::uint64_t mark;
    std::vector<Kept> kept;
  };
  struct Room {
    std::vector<Member> members;
    bool is_reachable = false;
    std::vector<plugin_api::StatusHandler*> waiting;
  };
  struct Broadcast {
    std::string room;
    std::vector<std::string> except;
    std::uint64_t before_mark;
    Received what;
  };

  Member* find_member(std::string_view room, std::string_view id);
  void deliver(const Broadcast& broadcast);
  plugin_api::Status deliver_to_member(std::string_view id, std::string_view room, const Received& what);
  void leave_room(FakeSocket& socket, std::string_view room);
  void make_reachable(const std::string& room);
  void remove(FakeSocket& socket, std::string_view reason);

  FakeCluster& cluster_;
  const std::size_t number_;
  FakeHost host_;
  plugin_api::Application* application_ = nullptr;
  std::vector<std::unique_ptr<FakeSocket>> sockets_;  ///< also those that left, so that tests can look at them
  std::map<std::string, Room, std::less<>> rooms_;
};

class FakeCluster {
 public:
  explicit FakeCluster(std::size_t nodes);

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
  std::vector<std::pair<std::size_t, std::string>> subscribing_;
  bool is_held_ = false;
};

}  // namespace signaling::testing
