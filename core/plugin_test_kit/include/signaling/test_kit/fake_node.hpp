#pragma once
// One node of a fake cluster: clients, the middleware they pass, and the application that serves them, on one loop.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <signaling/plugin_api/application.hpp>
#include <signaling/plugin_api/middleware.hpp>
#include <signaling/plugin_api/namespaces.hpp>
#include <signaling/test_kit/fake_host.hpp>
#include <signaling/test_kit/fake_socket.hpp>
#include <signaling/test_kit/recorded_verdict.hpp>

namespace signaling::testing {

class FakeCluster;
class ServerExchange;

/// Owned by its cluster. What a plugin throws goes to the test.
class FakeNode final : public plugin_api::Namespaces {
 public:
  FakeNode(FakeCluster& cluster, std::size_t number);
  ~FakeNode();

  FakeHost& host() { return host_; }
  /// The application, which outlives this; it was started.
  void run(plugin_api::Application& application) { application_ = &application; }
  /// A further middleware behind those that are there; it was started, and outlives this. Its hooks are asked for now.
  void guard(plugin_api::Middleware& middleware) { chain_.push_back({&middleware, middleware.hooks()}); }

  /// The first request of a session, before middleware that has the handshake hook; the verdict of the last that was asked.
  /// Throws std::logic_error where none has.
  RecordedVerdict& open(FakeHandshake handshake = {});
  /// A client comes; ids begin with the node's number. It is connected once the middleware lets it in: right away, or, where
  /// that is deferred, by `host().run_posted()` after it.
  FakeSocket& connect(FakeHandshake handshake = {}, std::string namespace_name = "/");
  std::vector<FakeSocket*> sockets() const;

  void emit(const plugin_api::Target& target, const plugin_api::Payload& event, plugin_api::EmitFlags flags = {}) override;
  /// Time runs out by this node's host. `expected` counts the targets of all nodes, at once.
  void emit_with_ack(const plugin_api::Target& target, const plugin_api::Payload& event, std::uint32_t timeout_ms,
                     plugin_api::BroadcastAckHandler& handler, plugin_api::EmitFlags flags = {}) override;
  void emit_to_member(std::string_view namespace_name, std::string_view socket_id, std::string_view required_room,
                      const plugin_api::Payload& event, plugin_api::StatusHandler* handler) override;
  void join(const plugin_api::Target& target, std::span<const std::string_view> rooms) override;
  void leave(const plugin_api::Target& target, std::span<const std::string_view> rooms) override;
  void disconnect(const plugin_api::Target& target, bool close) override;
  /// Answered at once, whatever the network holds.
  void query(const plugin_api::Target& target, plugin_api::Projection projection, std::uint32_t timeout_ms, bool local,
             plugin_api::QueryHandler& handler) override;
  plugin_api::Socket* find_local(std::string_view namespace_name, std::string_view socket_id) override;
  void emit_to_servers(std::string_view namespace_name, const plugin_api::Payload& event, std::uint32_t timeout_ms,
                       plugin_api::ServerAnswersHandler* handler) override;

 private:
  friend class FakeCluster;
  friend class FakeSocket;
  using RoomKey = std::pair<std::string, std::string>;  ///< namespace and name
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
  /// A `Target` that owns its texts.
  struct Targets {
    explicit Targets(const plugin_api::Target& target);
    std::string namespace_name;
    std::vector<std::string> rooms;
    std::vector<std::string> except;
    std::uint64_t before_mark;
  };
  struct Guard {
    plugin_api::Middleware* middleware;
    std::uint32_t hooks;
  };
  struct Passage;

  Member* find_member(const RoomKey& room, std::string_view id);
  FakeSocket* find(std::string_view namespace_name, std::string_view id);
  bool is_in(const FakeSocket& socket, const std::string& room);
  bool is_target(const FakeSocket& socket, const Targets& targets);
  std::vector<FakeSocket*> targets_here(const Targets& targets);
  void deliver(const Targets& targets, const Received& what);
  void deliver_to_room(const Targets& targets, const Received& what);
  plugin_api::Status deliver_to_member(std::string_view id, const RoomKey& room, const Received& what);
  void leave_room(FakeSocket& socket, const RoomKey& room);
  void make_reachable(const RoomKey& room);
  void remove(FakeSocket& socket, std::string_view reason);
  /// Here now, on the other nodes as messages arrive.
  void on_every_node(std::function<void(FakeNode&)> what);

  void pass_on(const std::shared_ptr<Passage>& passage);
  void admit(FakeSocket& socket);
  void take_event(FakeSocket& socket, FakeSocket::Sent sent);

  FakeCluster& cluster_;
  const std::size_t number_;
  FakeHost host_;
  FakeRefusals refusals_;
  plugin_api::Application* application_ = nullptr;
  std::vector<Guard> chain_;
  std::deque<RecordedVerdict> verdicts_;                ///< also old ones: a plugin may end one late
  std::vector<std::unique_ptr<FakeHandshake>> opened_;  ///< valid as long as a session would be
  std::vector<std::unique_ptr<FakeSocket>> sockets_;    ///< also those that left, so that tests can look at them
  std::map<RoomKey, Room> rooms_;
};

}  // namespace signaling::testing
