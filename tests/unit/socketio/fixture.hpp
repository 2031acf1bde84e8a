#pragma once
// A Socket.IO server of any number of loops without engine or network: sessions, plugins and time are the test's.

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <support/fake_loop.hpp>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/engine/http_exchange.hpp>
#include <signaling/engine/session.hpp>
#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/socketio/server.hpp>

namespace signaling::test {

/// Records what the server sends to one client and plays the engine's part.
class FakeSession final : public engine::Session {
 public:
  FakeSession(FakeLoop& loop, base::Sid sid) : loop_(loop), sid_(sid) {}

  const base::Sid& sid() const override { return sid_; }
  engine::TransportName transport() const override { return engine::TransportName::websocket; }
  bool is_open() const override { return open_; }
  engine::SendResult send(std::span<const protocol::MessagePtr> messages, bool is_volatile) override {
    if (!open_) return engine::SendResult::closed;
    if (is_volatile && !writable) return engine::SendResult::dropped;
    for (const protocol::MessagePtr& message : messages) sent.emplace_back(message->payload());
    return engine::SendResult::sent;
  }
  void close(engine::CloseReason reason) override {
    if (!std::exchange(open_, false)) return;
    closed_by_server = true;
    handler->on_close(reason);
  }
  std::size_t queued_bytes() const override { return 0; }

  /// Text of a Socket.IO packet, without the Engine.IO digit.
  void receive(std::string_view text) {
    if (open_) handler->on_message(false, std::string(text));
    loop_.run_deferred();
  }
  /// Text of a packet of which more is to come.
  void receive_partial(std::string_view text) {
    if (open_) handler->on_partial_message(std::string(text));
  }
  void receive_binary(std::string_view bytes) {
    if (open_) handler->on_message(true, std::string(bytes));
    loop_.run_deferred();
  }
  void lose(engine::CloseReason reason = engine::CloseReason::transport_close) {
    if (!std::exchange(open_, false)) return;
    handler->on_close(reason);
    loop_.run_deferred();
  }
  /// What was sent since the last call.
  std::vector<std::string> take() { return std::exchange(sent, {}); }

  FakeLoop& loop() { return loop_; }

  std::unique_ptr<engine::SessionHandler> handler;
  std::vector<std::string> sent;
  bool writable = true;
  bool closed_by_server = false;

 private:
  FakeLoop& loop_;
  base::Sid sid_;
  bool open_ = true;
};

/// An application whose reactions the test sets; it writes down what happens.
class FakeApplication final : public plugin_api::BasicApplication {
 public:
  explicit FakeApplication(std::vector<std::string> names) : names_(std::move(names)) {}

  void claim_namespaces(plugin_api::NamespaceClaims& claims) override {
    for (const std::string& name : names_) claims.claim(name);
  }
  void on_connect(plugin_api::Socket& socket) override {
    sockets.push_back(&socket);
    log.push_back("connect " + std::string(socket.namespace_name()) + " " + std::string(socket.handshake().auth()));
    if (connected) connected(socket);
  }
  void on_event(plugin_api::Socket& socket, const plugin_api::Event& event) override {
    log.push_back("event " + std::string(event.name) + " " + std::string(event.args) + " +" +
                  std::to_string(event.attachments.size()));
    if (received) received(socket, event);
  }
  void on_disconnect(plugin_api::Socket& socket, std::string_view reason) override {
    std::erase(sockets, &socket);
    log.push_back("disconnect " + std::string(reason));
    if (disconnected) disconnected(socket);
  }
  void on_members_changed(std::string_view room, std::span<const plugin_api::MemberChange> changes) override {
    using Kind = plugin_api::MemberChange::Kind;
    for (const plugin_api::MemberChange& change : changes) {
      const char* kind = change.kind == Kind::joined ? "joined " : change.kind == Kind::left ? "left " : "lost ";
      log.push_back(kind + std::string(room) + " " + std::string(change.member) + std::string(change.value) + " " +
                    std::to_string(change.mark));
    }
  }
  void on_server_event(std::string_view namespace_name, std::string_view from_node, const plugin_api::Event& event,
                       plugin_api::ServerReply& reply) override {
    log.push_back("server " + std::string(namespace_name) + " " + std::string(from_node) + " " + std::string(event.name) + " " +
                  std::string(event.args));
    if (server_event) server_event(event.name, reply);
  }
  std::vector<std::string> take() { return std::exchange(log, {}); }

  std::vector<plugin_api::Socket*> sockets;
  std::vector<std::string> log;
  std::function<void(plugin_api::Socket&)> connected;
  std::function<void(plugin_api::Socket&, const plugin_api::Event&)> received;
  std::function<void(plugin_api::Socket&)> disconnected;
  std::function<void(std::string_view name, plugin_api::ServerReply&)> server_event;

 private:
  std::vector<std::string> names_;
};

class FakeMiddleware final : public plugin_api::BasicMiddleware {
 public:
  explicit FakeMiddleware(std::uint32_t hooks) : hooks_(hooks) {}
  std::uint32_t hooks() const override { return hooks_; }
  void on_handshake(const plugin_api::Handshake& handshake, plugin_api::Verdict& verdict) override {
    handshake_hook ? handshake_hook(handshake, verdict) : verdict.pass();
  }
  void on_connect(plugin_api::Socket& socket, plugin_api::Verdict& verdict) override {
    connect_hook ? connect_hook(socket, verdict) : verdict.pass();
  }
  void on_event(plugin_api::Socket& socket, const plugin_api::Event& event, plugin_api::Verdict& verdict) override {
    event_hook ? event_hook(socket, event, verdict) : verdict.pass();
  }
  void on_disconnect(plugin_api::Socket&, std::string_view reason) override { reasons.emplace_back(reason); }

  std::function<void(const plugin_api::Handshake&, plugin_api::Verdict&)> handshake_hook;
  std::function<void(plugin_api::Socket&, plugin_api::Verdict&)> connect_hook;
  std::function<void(plugin_api::Socket&, const plugin_api::Event&, plugin_api::Verdict&)> event_hook;
  std::vector<std::string> reasons;

 private:
  std::uint32_t hooks_;
};

/// Counts errors of plugins.
class FakeHooks final : public socketio::HookObserver {
 public:
  void on_hook(std::uint32_t, std::uint32_t, socketio::HookKind kind, std::uint64_t, const char* error) override {
    ++calls;
    if (error != nullptr) errors.push_back(std::string(socketio::to_string(kind)) + ": " + error);
  }
  void on_fault(std::uint32_t plugin, socketio::Fault fault, std::string_view what) override {
    faults.push_back(std::string(socketio::to_string(fault)) + ": " + std::string(what));
    faulty_plugins.push_back(plugin);
  }
  int calls = 0;
  std::vector<std::string> errors;
  std::vector<std::string> faults;
  std::vector<std::uint32_t> faulty_plugins;
};

class SocketioTest : public testing::Test {
 protected:
  /// Call before anything else where the defaults do not do.
  void make(socketio::Options options = {}, std::vector<std::string> names = {"/", "/chat", "/dynamic-*"},
            std::uint32_t loops = 1) {
    std::vector<base::EventLoop*> pointers;
    for (std::uint32_t i = 0; i < loops; ++i) {
      fake_loops.push_back(std::make_unique<FakeLoop>(i));
      fake_loops.back()->set_current(i == 0);
      pointers.push_back(fake_loops.back().get());
    }
    app = std::make_unique<FakeApplication>(std::move(names));
    server = std::make_unique<socketio::Server>(options, socketio::Server::Node{{1, 2, 3}, "node1", "1.0.0"}, pointers, hooks);
    for (FakeMiddleware* middleware : middlewares) server->add_middleware(*middleware, 1);
    if (adapter != nullptr) server->set_adapter(*adapter, adapter_capabilities);
    server->add_application(*app, 0, "app");
    server->start();
  }

  void TearDown() override {
    for (auto& session : sessions) session->lose(engine::CloseReason::server_shutting_down);
    run();
    sessions.clear();
    server.reset();
  }

  FakeLoop& loop(std::uint32_t index = 0) { return *fake_loops[index]; }
  /// The thread of the test stands for this loop from now on.
  void enter(std::uint32_t index) {
    for (auto& fake : fake_loops) fake->set_current(fake->index() == index);
  }
  /// Runs every loop until all are at rest.
  void run() {
    for (bool busy = true; busy;) {
      busy = false;
      for (auto& fake : fake_loops) {
        enter(fake->index());
        busy = fake->run_turn() || busy;
      }
    }
    enter(0);
  }
  void advance(base::Duration by) {
    for (auto& fake : fake_loops) {
      enter(fake->index());
      fake->advance(by);
    }
    run();
  }

  FakeSession& open(std::uint32_t on_loop = 0, std::string target = "/socket.io/?EIO=4&transport=websocket&token=a%20b") {
    enter(on_loop);
    FakeSession& session = *sessions.emplace_back(std::make_unique<FakeSession>(loop(on_loop), ids.next()));
    engine::HttpRequest request;
    request.target = target;
    request.remote_address = "192.0.2.7";
    request.headers = {{"Host", "example.org"}, {"User-Agent", "test"}};
    session.handler = server->factory(on_loop).open(session, request);
    return session;
  }
  /// A client in the main namespace; what was sent so far is taken.
  FakeSession& connect(std::uint32_t on_loop = 0) {
    FakeSession& session = open(on_loop);
    session.receive("0");
    session.take();
    app->take();
    enter(0);
    return session;
  }
  /// Id of the socket that came last.
  std::string last_id() const { return std::string(app->sockets.back()->id()); }
  std::uint64_t drops(socketio::Drop reason, std::uint32_t on_loop = 0) const {
    return server->counters(on_loop).drops[static_cast<std::size_t>(reason)].value();
  }

  std::vector<std::unique_ptr<FakeLoop>> fake_loops;
  FakeHooks hooks;
  std::vector<FakeMiddleware*> middlewares;
  plugin_api::Adapter* adapter = nullptr;
  std::string adapter_capabilities;
  std::unique_ptr<FakeApplication> app;
  std::unique_ptr<socketio::Server> server;
  std::vector<std::unique_ptr<FakeSession>> sessions;
  base::SidSource ids{{9, 9, 9}, 0};
};

}  // namespace signaling::test
