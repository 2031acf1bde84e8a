#pragma once
// One client of a fake node: what it is sent is kept in order.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/socket.hpp>

namespace signaling::testing {

class FakeNode;

/// Something that reached a client.
struct Received {
  std::optional<std::uint64_t> ack;      ///< an acknowledgement, of the request with that number
  std::string text;                      ///< the JSON array
  std::vector<std::string> attachments;  ///< bytes of each
  bool operator==(const Received&) const = default;
};

/// Joins the pieces of a payload and checks what the API demands: one JSON array, each attachment named exactly once.
/// Throws std::logic_error where it is not so.
Received receive(const plugin_api::Payload& payload);

/// Owned by its node.
class FakeSocket final : public plugin_api::Socket, public plugin_api::Handshake {
 public:
  FakeSocket(FakeNode& node, std::string id) : node_(node), id_(std::move(id)) {}

  // What the test does and sees.
  /// Sends an event; returns the number that its acknowledgement will bear. `args` without brackets.
  std::uint64_t send(std::string_view name, std::string_view args, const std::vector<std::string>& attachments = {});
  void send_without_ack(std::string_view name, std::string_view args, const std::vector<std::string>& attachments = {});
  /// Sends an event and gives the acknowledgement's text, empty where it has not come yet.
  std::string request(std::string_view name, std::string_view args, const std::vector<std::string>& attachments = {});
  std::string ack_text(std::uint64_t number) const;
  /// Texts of the events received and not yet taken, in order.
  std::vector<std::string> take_events();
  void drop_connection(std::string_view reason = "transport close");
  std::vector<Received> received;
  /// Called for each thing received, after it was kept.
  std::function<void(const Received&)> on_receive;

  std::string_view id() const override { return id_; }
  std::string_view namespace_name() const override { return "/"; }
  std::uint32_t loop() const override { return 0; }
  const plugin_api::Handshake& handshake() const override { return *this; }
  std::string_view transport() const override { return "websocket"; }
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
  plugin_api::Status set_data(std::string_view json) override;
  std::string_view claims() const override { return claims_; }
  plugin_api::Status set_claims(std::string_view json) override;
  void* user() const override { return user_; }
  void set_user(void* pointer) override { user_ = pointer; }

  std::string_view address() const override { return "127.0.0.1"; }
  std::string_view url() const override { return "/socket.io/"; }
  std::string_view query(std::string_view) const override { return {}; }
  std::string_view header(std::string_view) const override { return {}; }
  bool secure() const override { return false; }
  bool cross_origin() const override { return false; }
  std::int64_t issued_ms() const override { return 0; }
  std::string_view auth() const override { return "{}"; }

 private:
  friend class FakeNode;
  void deliver(const Received& what);
  void dispatch(std::string_view name, std::string_view args, const std::vector<std::string>& attachments,
                plugin_api::AckToken ack);

  FakeNode& node_;
  const std::string id_;
  bool is_connected_ = true;
  std::string data_ = "{}";
  std::string claims_;
  void* user_ = nullptr;
  std::uint64_t next_ack_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace signaling::testing
