#pragma once
// One client of a fake node: what it says when it comes, what it sends, and what it is sent, in order.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/middleware.hpp>
#include <signaling/plugin_api/socket.hpp>
#include <signaling/test_kit/fake_handshake.hpp>
#include <signaling/test_kit/received.hpp>

namespace signaling::testing {

class FakeHost;
class FakeNode;
class RecordedVerdict;

/// Made by `FakeNode::connect`, owned by its node. One thread.
class FakeSocket final : public plugin_api::Socket {
 public:
  FakeSocket(FakeNode& node, std::string id, FakeHandshake handshake, std::string namespace_name)
      : node_(node), id_(std::move(id)), namespace_(std::move(namespace_name)), handshake_(std::move(handshake)) {}
  ~FakeSocket();
  FakeSocket(const FakeSocket&) = delete;
  FakeSocket& operator=(const FakeSocket&) = delete;

  // What the test does and sees.
  /// Sends an event; returns the number that its acknowledgement will bear. `args` without brackets. It goes through the node's
  /// middleware first, and waits there while an earlier one does.
  std::uint64_t send(std::string_view name, std::string_view args, const std::vector<std::string>& attachments = {});
  void send_without_ack(std::string_view name, std::string_view args, const std::vector<std::string>& attachments = {});
  /// Sends an event and gives the acknowledgement's text, empty where it has not come yet.
  std::string request(std::string_view name, std::string_view args, const std::vector<std::string>& attachments = {});
  std::string ack_text(std::uint64_t number) const;
  /// Answers an event that was emitted with acknowledgement (`Received::wants_ack`). `args` is a JSON array. False where
  /// nobody waits for it any more.
  bool answer(std::uint64_t number, std::string_view args, const std::vector<std::string>& attachments = {});
  /// Texts of the events received and not yet taken, in order.
  std::vector<std::string> take_events();
  void drop_connection(std::string_view reason = "transport close");
  /// What middleware has last decided about this socket: its CONNECT, then each event. Throws std::logic_error where the node
  /// has no middleware that was asked.
  RecordedVerdict& verdict() const;
  /// Shows an event of this socket to one middleware alone, connected or not.
  void show(std::string_view name, std::string_view args, const std::vector<std::string>& attachments,
            plugin_api::Middleware& middleware, RecordedVerdict& verdict);
  /// How often it was emitted to, answered, joined or given data after its `on_disconnect` had returned, when the server has it
  /// no longer.
  std::size_t uses_after_leaving() const { return uses_after_leaving_; }

  std::vector<Received> received;
  /// Called for each thing received, after it was kept.
  std::function<void(const Received&)> on_receive;
  std::size_t emissions = 0;   ///< what was emitted to it
  bool keeps_received = true;  ///< false: `emit` only counts, asks no hook for outgoing events, and allocates nothing
  /// The server has disconnected it: true with its whole connection.
  std::optional<bool> disconnected_by_server;
  std::size_t max_data_bytes = 16'384;  ///< of `set_data` and `set_claims`, each
  std::string transport_name = "websocket";

  std::string_view id() const override { return id_; }
  std::string_view namespace_name() const override { return namespace_; }
  std::uint32_t loop() const override { return 0; }
  const FakeHandshake& handshake() const override { return handshake_; }
  std::string_view transport() const override { return transport_name; }
  bool is_connected() const override { return is_connected_; }
  plugin_api::EmitResult emit(const plugin_api::Payload& event, plugin_api::EmitFlags flags = {}) override;
  void emit_with_ack(const plugin_api::Payload& event, std::uint32_t timeout_ms, plugin_api::AckHandler& handler,
                     plugin_api::EmitFlags flags = {}) override;
  plugin_api::EmitResult reply(plugin_api::AckToken ack, const plugin_api::Payload& args) override;
  plugin_api::Status join(std::string_view room, plugin_api::Admission admission = plugin_api::Admission::open,
                          plugin_api::StatusHandler* when_reachable = nullptr) override;
  plugin_api::Status admit(std::string_view room, std::uint64_t mark) override;
  plugin_api::Status leave(std::string_view room) override;
  bool is_in(std::string_view room) const override;
  void visit_rooms(plugin_api::TextVisitor& visitor) const override;
  void disconnect(bool close) override;
  std::string_view data() const override { return data_; }
  plugin_api::Status set_data(std::string_view json) override { return keep(data_, json); }
  std::string_view claims() const override { return claims_; }
  plugin_api::Status set_claims(std::string_view json) override { return keep(claims_, json); }
  void* user() const override { return user_; }
  void set_user(void* pointer) override { user_ = pointer; }

 private:
  friend class FakeNode;
  struct Sent {
    std::string name;
    std::string args;
    std::vector<std::string> attachments;
    plugin_api::AckToken ack;
    void replace(const Received& instead);
  };
  struct Awaited {
    plugin_api::AckHandler* handler;
    FakeHost* clock;
    std::uint64_t timer;
  };
  void note_use() const {
    if (has_left_) ++uses_after_leaving_;
  }
  /// An event, unless a hook for outgoing events drops it.
  plugin_api::EmitResult deliver(const Received& what);
  void arrive(const Received& what);
  /// Takes the handler; `clock` is the host whose time runs out.
  void deliver_with_ack(Received what, std::uint32_t timeout_ms, FakeHost& clock, plugin_api::AckHandler& handler);
  void fail_ack(std::uint64_t number, plugin_api::Status status);
  void take_up(Sent sent);
  void with_event(const Sent& sent, const std::function<void(const plugin_api::Event&)>& use);
  plugin_api::Status keep(std::string& where, std::string_view json) const;

  FakeNode& node_;
  const std::string id_;
  const std::string namespace_;
  const FakeHandshake handshake_;
  bool is_connected_ = false;
  bool is_gone_ = false;
  bool has_left_ = false;
  mutable std::size_t uses_after_leaving_ = 0;
  std::string data_ = "{}";
  std::string claims_;
  void* user_ = nullptr;
  std::uint64_t next_ack_ = 0;
  std::size_t taken_ = 0;
  RecordedVerdict* verdict_ = nullptr;
  std::deque<Sent> waiting_;  ///< events behind one that middleware thinks about
  bool is_waiting_ = false;
  std::uint64_t next_wanted_ack_ = 0;
  std::map<std::uint64_t, Awaited> awaited_;
};

}  // namespace signaling::testing
