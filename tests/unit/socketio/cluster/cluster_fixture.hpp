#pragma once
// Several servers on a network that the test holds in its hands.

#include <support/held_network.hpp>

#include "../fixture.hpp"

namespace signaling::test {

struct ClusterNode {
  std::vector<std::unique_ptr<FakeLoop>> loops;
  std::unique_ptr<FakeApplication> app;
  std::unique_ptr<HeldAdapter> adapter;
  std::unique_ptr<socketio::Server> server;
  std::vector<std::unique_ptr<FakeSession>> sessions;
};

class ClusterTest : public testing::Test {
 protected:
  using Strings = std::vector<std::string>;

  void make(std::size_t count, std::uint32_t loops = 1) {
    for (std::size_t i = 0; i < count; ++i) add_node(loops);
    run();
  }

  ClusterNode& add_node(std::uint32_t loops = 1, std::string capabilities = "cluster") {
    const auto number = static_cast<std::uint8_t>(nodes.size() + 1);
    ClusterNode& node = *nodes.emplace_back(std::make_unique<ClusterNode>());
    std::vector<base::EventLoop*> pointers;
    for (std::uint32_t i = 0; i < loops; ++i) {
      node.loops.push_back(std::make_unique<FakeLoop>(i));
      node.loops.back()->set_current(false);
      pointers.push_back(node.loops.back().get());
    }
    node.app = std::make_unique<FakeApplication>(Strings{"/", "/chat"});
    node.adapter = std::make_unique<HeldAdapter>(network);
    node.server = std::make_unique<socketio::Server>(
        options, socketio::Server::Node{{number, 2, 3}, "node" + std::to_string(number), "1.0.0"}, pointers, hooks);
    node.server->set_adapter(*node.adapter, capabilities);
    node.server->add_application(*node.app, 0, "app");
    node.server->start();
    network.join(*node.adapter);
    return node;
  }

  void TearDown() override {
    for (auto& node : nodes) {
      for (auto& session : node->sessions) {
        enter(*node, session->loop().index());
        session->lose(engine::CloseReason::server_shutting_down);
      }
    }
    run();
    for (auto& node : nodes) node->sessions.clear();
    for (auto& node : nodes) node->server.reset();
  }

  ClusterNode& node(std::size_t number) { return *nodes[number]; }
  /// The thread of the test stands for this loop from now on.
  void enter(ClusterNode& of, std::uint32_t loop = 0) {
    for (auto& other : nodes) {
      for (auto& fake : other->loops) fake->set_current(other.get() == &of && fake->index() == loop);
    }
  }
  /// Runs every loop of every node until all are at rest. Nothing crosses the network.
  void run_loops() {
    for (bool busy = true; busy;) {
      busy = false;
      for (auto& each : nodes) {
        for (auto& fake : each->loops) {
          enter(*each, fake->index());
          busy = fake->run_turn() || busy;
        }
      }
    }
    enter(node(0));
  }
  /// Loops and network until both are at rest.
  void run() {
    run_loops();
    while (network.deliver()) run_loops();
  }
  void advance(base::Duration by, bool with_network = true) {
    for (auto& each : nodes) {
      for (auto& fake : each->loops) {
        enter(*each, fake->index());
        fake->advance(by);
      }
    }
    with_network ? run() : run_loops();
  }

  /// A client in a namespace; what was sent so far is taken.
  FakeSession& connect(ClusterNode& to, std::uint32_t loop = 0, std::string_view packet = "0") {
    enter(to, loop);
    FakeSession& session = *to.sessions.emplace_back(std::make_unique<FakeSession>(*to.loops[loop], ids.next()));
    engine::HttpRequest request;
    request.target = "/socket.io/?EIO=4&transport=websocket";
    request.remote_address = "192.0.2.7";
    session.handler = to.server->factory(loop).open(session, request);
    session.receive(packet);
    session.take();
    to.app->take();
    enter(node(0));
    return session;
  }
  plugin_api::Socket& last(ClusterNode& of) { return *of.app->sockets.back(); }
  std::string last_id(ClusterNode& of) { return std::string(last(of).id()); }
  void join(ClusterNode& of, std::string_view room, std::uint32_t loop = 0) {
    enter(of, loop);
    last(of).join(room);
    enter(node(0));
  }
  plugin_api::Namespaces& namespaces(std::size_t number = 0) { return node(number).server->namespaces(); }

  /// Emits as loop 0 of the first node does.
  void emit(std::vector<std::string_view> rooms, std::string_view text, plugin_api::EmitFlags flags = {},
            std::vector<std::string_view> except = {}, std::uint64_t before_mark = 0) {
    enter(node(0));
    plugin_api::Target target;
    target.rooms = rooms;
    target.except = except;
    target.before_mark = before_mark;
    namespaces().emit(target, {plugin_api::TextPieces(&text, 1), {}}, flags);
  }
  void emit_to_member(std::string_view id, std::string_view room, std::string_view text, bool with_handler = true) {
    enter(node(0));
    plugin_api::StatusHandler* handler = nullptr;
    if (with_handler) {
      handler = &plugin_api::make_status_handler([this](plugin_api::Status s) { statuses.emplace_back(to_string(s)); });
    }
    namespaces().emit_to_member("/", id, room, {plugin_api::TextPieces(&text, 1), {}}, handler);
  }
  Strings told() { return std::exchange(statuses, {}); }

  static std::uint64_t count(const socketio::ClusterCounters::Count& counter) { return counter.load(); }
  std::uint64_t drops(ClusterNode& of, socketio::ClusterDrop reason) {
    return of.server->cluster_counters().drops[static_cast<std::size_t>(reason)].load();
  }

  socketio::Options options;
  HeldNetwork network;
  FakeHooks hooks;
  std::vector<std::unique_ptr<ClusterNode>> nodes;
  Strings statuses;
  base::SidSource ids{{9, 9, 9}, 0};
};

}  // namespace signaling::test
