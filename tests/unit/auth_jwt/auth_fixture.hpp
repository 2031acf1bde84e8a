#pragma once
// The plugin on a node of one loop, with sockets, clock and other nodes of the test's making.

#include <auth_jwt/middleware.hpp>
#include <auth_jwt/schema.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <support/idle_socket.hpp>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/plugin_api/admin.hpp>
#include <signaling/plugin_api/peers.hpp>
#include <signaling/test_kit/fake_cluster.hpp>
#include <signaling/test_kit/fake_config.hpp>
#include <signaling/test_kit/fake_host.hpp>

#include "token_maker.hpp"

namespace signaling::auth_jwt {

/// A client inside one namespace. It is connected once the test says so.
class ClientSocket final : public test::IdleSocket {
 public:
  ClientSocket(std::string id, std::string namespace_name, std::string auth)
      : IdleSocket(std::move(id), std::move(namespace_name), over_tls(std::move(auth))) {}

  std::vector<std::string> received;  ///< events, and acknowledgements as `ack [...]`
  bool connected = false;
  std::optional<bool> disconnected;  ///< with `close` or without
  std::size_t max_claims = 16'384;

  bool is_connected() const override { return connected; }
  plugin_api::EmitResult emit(const plugin_api::Payload& event, plugin_api::EmitFlags) override {
    received.push_back(test::joined(event));
    return plugin_api::EmitResult::sent;
  }
  plugin_api::EmitResult reply(plugin_api::AckToken, const plugin_api::Payload& args) override {
    received.push_back("ack " + test::joined(args));
    return plugin_api::EmitResult::sent;
  }
  void emit_with_ack(const plugin_api::Payload&, std::uint32_t, plugin_api::AckHandler&, plugin_api::EmitFlags) override {
    ADD_FAILURE() << "nothing that this plugin asks for";
  }
  void disconnect(bool close) override {
    disconnected = close;
    connected = false;
  }
  std::string_view claims() const override { return claims_; }
  plugin_api::Status set_claims(std::string_view json) override {
    if (json.size() > max_claims) return plugin_api::Status::too_many;
    claims_ = json;
    return plugin_api::Status::ok;
  }

 private:
  static testing::FakeHandshake over_tls(std::string auth) {
    testing::FakeHandshake handshake;
    handshake.auth_json = std::move(auth);
    handshake.is_secure = true;
    return handshake;
  }

  std::string claims_;
};

/// What was decided: `pass`, or the code of the refusal; empty where nothing was yet. Checks that a refusal tells its code
/// alone.
inline std::string outcome(const testing::RecordedVerdict& verdict) {
  EXPECT_LE(verdict.calls(), 1u) << "decided twice";
  EXPECT_FALSE(verdict.replacement());
  const std::string code = verdict.message();
  if (!verdict.data().empty()) {
    EXPECT_EQ(verdict.data(), R"({"code":")" + code + R"("})");
  }
  if (verdict.passed()) return "pass";
  if (verdict.disconnected()) return "disconnect";
  return verdict.refused() && code.empty() ? "consumed" : code;
}

/// Finds sockets; the rest of `Namespaces` is of no use to this plugin.
class LocalSockets final : public plugin_api::Namespaces {
 public:
  std::map<std::string, plugin_api::Socket*, std::less<>> connected;

  plugin_api::Socket* find_local(std::string_view, std::string_view id) override {
    const auto found = connected.find(id);
    return found == connected.end() ? nullptr : found->second;
  }
  void emit(const plugin_api::Target&, const plugin_api::Payload&, plugin_api::EmitFlags) override { ADD_FAILURE(); }
  void emit_with_ack(const plugin_api::Target&, const plugin_api::Payload&, std::uint32_t, plugin_api::BroadcastAckHandler&,
                     plugin_api::EmitFlags) override {
    ADD_FAILURE();
  }
  void emit_to_member(std::string_view, std::string_view, std::string_view, const plugin_api::Payload&,
                      plugin_api::StatusHandler*) override {
    ADD_FAILURE();
  }
  void join(const plugin_api::Target&, std::span<const std::string_view>) override { ADD_FAILURE(); }
  void leave(const plugin_api::Target&, std::span<const std::string_view>) override { ADD_FAILURE(); }
  void disconnect(const plugin_api::Target&, bool) override { ADD_FAILURE(); }
  void query(const plugin_api::Target&, plugin_api::Projection, std::uint32_t, bool, plugin_api::QueryHandler&) override {
    ADD_FAILURE();
  }
  void emit_to_servers(std::string_view, const plugin_api::Payload&, std::uint32_t,
                       plugin_api::ServerAnswersHandler*) override {
    ADD_FAILURE();
  }
};

/// Nodes joined by calls: an event reaches every other node that is not cut off, and its answers come at once or, while
/// `hold`, by `release`.
class PeerNetwork {
 public:
  class Port final : public plugin_api::Peers {
   public:
    Port(PeerNetwork& network, std::string name) : network_(network), name_(std::move(name)) {}
    bool is_cut = false;
    void receive(plugin_api::PeerHandler& handler) override { handler_ = &handler; }
    void send(const plugin_api::Payload& event, std::uint32_t, plugin_api::ServerAnswersHandler* handler) override {
      network_.deliver(*this, test::joined(event), handler);
    }

   private:
    friend class PeerNetwork;
    PeerNetwork& network_;
    std::string name_;
    plugin_api::PeerHandler* handler_ = nullptr;
  };

  Port& add(std::string name) { return *ports_.emplace_back(std::make_unique<Port>(*this, std::move(name))); }
  /// Answers wait for `release`.
  bool is_held = false;
  void release() {
    is_held = false;
    for (auto& exchange : held_) exchange->finish();
    held_.clear();
  }
  std::vector<std::string> sent;  ///< names of the events

 private:
  struct Exchange;
  void deliver(Port& from, const std::string& text, plugin_api::ServerAnswersHandler* handler);

  class Answer final : public plugin_api::ServerReply {
   public:
    Answer(Exchange& exchange, std::string node) : exchange_(exchange), node_(std::move(node)) {}
    bool wanted() const override { return true; }
    void answer(const plugin_api::Payload& args) override;
    plugin_api::ServerReply& defer() override {
      was_deferred = true;
      return *this;
    }
    bool was_deferred = false;

   private:
    Exchange& exchange_;  ///< owns this
    std::string node_;
  };
  struct Exchange {
    explicit Exchange(plugin_api::ServerAnswersHandler* to_tell) : handler(to_tell) {}
    ~Exchange() {
      if (handler != nullptr) handler->release();
    }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    plugin_api::ServerAnswersHandler* handler;
    std::size_t left = 1;
    std::vector<std::pair<std::string, std::string>> answers;
    std::vector<std::string> missing;
    std::vector<std::unique_ptr<Answer>> replies;
    void finish();
  };

  std::vector<std::unique_ptr<Port>> ports_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::vector<Exchange*> held_;
};

inline void PeerNetwork::Answer::answer(const plugin_api::Payload& args) {
  exchange_.answers.emplace_back(node_, test::joined(args));
  if (was_deferred && --exchange_.left == 0) exchange_.finish();
}

inline void PeerNetwork::Exchange::finish() {
  if (handler == nullptr) return;
  std::vector<plugin_api::ServerAnswersHandler::Answer> views;
  for (const auto& [node, args] : answers) views.push_back({node, args, {}});
  const std::vector<std::string_view> names(missing.begin(), missing.end());
  plugin_api::ServerAnswersHandler* const told = std::exchange(handler, nullptr);
  told->on_answers(missing.empty() ? plugin_api::Status::ok : plugin_api::Status::timeout, views, names);
  told->release();
}

inline void PeerNetwork::deliver(Port& from, const std::string& text, plugin_api::ServerAnswersHandler* handler) {
  plugin_api::Event event;
  const std::size_t name_end = text.find('"', 2);
  const std::string name = text.substr(2, name_end - 2);
  event.name = name;
  event.text = text;
  if (text[name_end + 1] == ',') event.args = std::string_view(text).substr(name_end + 2, text.size() - name_end - 3);
  sent.push_back(name);
  Exchange* const exchange = exchanges_.emplace_back(std::make_unique<Exchange>(handler)).get();
  for (const auto& port : ports_) {
    if (port.get() == &from || port->handler_ == nullptr) continue;
    if (port->is_cut || from.is_cut) {
      exchange->missing.push_back(port->name_);
      continue;
    }
    Answer& reply = *exchange->replies.emplace_back(std::make_unique<Answer>(*exchange, port->name_));
    ++exchange->left;
    port->handler_->on_peer_event(from.name_, event, reply);
    if (!reply.was_deferred) --exchange->left;
  }
  --exchange->left;
  if (is_held && handler != nullptr) {
    held_.push_back(exchange);
  } else if (exchange->left == 0) {
    exchange->finish();
  }
}

/// The answer to a call of the admin listener.
struct AdminAnswer final : plugin_api::AdminReply {
  unsigned status = 0;
  std::string json;
  void answer(unsigned code, std::string_view text) override {
    status = code;
    json = text;
  }
};

struct AdminPort final : plugin_api::AdminCalls {
  plugin_api::AdminHandler* handler = nullptr;
  void serve(plugin_api::AdminHandler& of_plugin) override { handler = &of_plugin; }
};

class AuthNode {
 public:
  explicit AuthNode(std::string_view toml, PeerNetwork* network = nullptr, const std::string& name = "node") : host(name) {
    host.set_namespaces(sockets);
    host.set_interface(std::string(plugin_api::admin_calls_interface), static_cast<plugin_api::AdminCalls*>(&admin));
    if (network != nullptr) {
      port = &network->add(name);
      host.set_interface(std::string(plugin_api::peers_interface), static_cast<plugin_api::Peers*>(port));
    }
    testing::FakeProblems problems;
    plugin = std::make_unique<AuthMiddleware>(host);
    plugin->start(testing::FakeConfig(schema, toml), problems);
    EXPECT_TRUE(problems.list.empty()) << problems.list.front();
    host.run_posted();
  }
  ~AuthNode() { plugin->stop(); }

  /// A CONNECT; where it is let in, the socket is connected.
  ClientSocket& connect(const std::string& token, const std::string& namespace_name = "/") {
    clients.push_back(
        std::make_unique<Client>(next_id(), namespace_name, token.empty() ? "{}" : R"({"token":")" + token + R"("})"));
    Client& client = *clients.back();
    plugin->on_connect(client.socket, client.verdict);
    admit(client.socket);
    return client.socket;
  }
  std::string verdict() const { return outcome(clients.back()->verdict); }
  std::string connect_result(const std::string& token, const std::string& namespace_name = "/") {
    connect(token, namespace_name);
    return verdict();
  }
  void admit(ClientSocket& socket) {
    if (!clients.back()->verdict.passed()) return;
    socket.connected = true;
    sockets.connected[std::string(socket.id())] = &socket;
  }
  std::string refresh(ClientSocket& socket, const std::string& token) {
    const std::string args = '"' + token + '"';
    plugin_api::Event event;
    event.name = "auth:refresh";
    event.args = args;
    event.ack.id = 1;
    testing::RecordedVerdict verdict;
    plugin->on_event(socket, event, verdict);
    return outcome(verdict);
  }
  void leave(ClientSocket& socket) {
    socket.connected = false;
    sockets.connected.erase(std::string(socket.id()));
    plugin->on_disconnect(socket, "transport close");
  }
  /// The answer may come once other nodes have run: it lives as long as the node.
  const AdminAnswer& call(std::string_view body, std::string_view path = "revoke") {
    AdminAnswer& answer = answers.emplace_back();
    admin.handler->on_admin_call({path, {}, body}, answer);
    host.run_posted();
    return answer;
  }
  void reload(std::string_view toml) {
    testing::FakeProblems problems;
    plugin->reload(testing::FakeConfig(schema, toml), problems);
    EXPECT_TRUE(problems.list.empty());
    host.run_posted();
  }

  struct Client {
    Client(std::string id, std::string namespace_name, std::string auth)
        : socket(std::move(id), std::move(namespace_name), std::move(auth)) {}
    ClientSocket socket;
    testing::RecordedVerdict verdict;
  };
  testing::FakeHost host;
  LocalSockets sockets;
  AdminPort admin;
  PeerNetwork::Port* port = nullptr;
  std::unique_ptr<AuthMiddleware> plugin;
  std::vector<std::unique_ptr<Client>> clients;
  std::deque<AdminAnswer> answers;

 private:
  std::string next_id() { return "AAAAsocket-of-test-" + std::to_string(clients.size()); }
};

}  // namespace signaling::auth_jwt
