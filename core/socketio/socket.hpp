#pragma once
// One client inside one namespace.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/base/sid.hpp>
#include <signaling/plugin_api/socket.hpp>
#include <signaling/socketio/counters.hpp>

#include "ack_table.hpp"
#include "packet_encoder.hpp"
#include "room_index.hpp"

namespace signaling::socketio {

class Client;
class EventGate;
class NamespaceShard;

/// Implements what plugins see, and the part of it that the namespace and the client need. Owned by its client; on its loop.
/// What only some sockets have (attached data, pending acknowledgements, held messages, waiting events) is made when needed.
class Socket final : public plugin_api::Socket, private plugin_api::Handshake {
 public:
  enum class State : std::uint8_t {
    connecting,  ///< middleware has not decided yet: not in the namespace
    connected,
    leaving,  ///< `disconnect` was called; it ends after the running handler
    gone,
  };

  Socket(Client& client, NamespaceShard& shard, base::Sid sid, std::string_view auth);
  ~Socket();

  // plugin_api::Socket
  std::string_view id() const override { return sid_.view(); }
  std::string_view namespace_name() const override;
  std::uint32_t loop() const override;
  const plugin_api::Handshake& handshake() const override { return *this; }
  std::string_view transport() const override;
  bool is_connected() const override { return state_ == State::connected; }
  plugin_api::EmitResult emit(const plugin_api::Payload& event, plugin_api::EmitFlags flags) override;
  void emit_with_ack(const plugin_api::Payload& event, std::uint32_t timeout_ms, plugin_api::AckHandler& handler,
                     plugin_api::EmitFlags flags) override;
  plugin_api::EmitResult reply(plugin_api::AckToken ack, const plugin_api::Payload& args) override;
  plugin_api::Status join(std::string_view room, plugin_api::Admission admission,
                          plugin_api::StatusHandler* when_reachable) override;
  plugin_api::Status admit(std::string_view room, std::uint64_t mark) override;
  plugin_api::Status leave(std::string_view room) override;
  bool is_in(std::string_view room) const override;
  void visit_rooms(plugin_api::TextVisitor& visitor) const override;
  void disconnect(bool close) override;
  std::string_view data() const override;
  plugin_api::Status set_data(std::string_view json) override;
  std::string_view claims() const override;
  plugin_api::Status set_claims(std::string_view json) override;
  void* user() const override { return user_; }
  void set_user(void* pointer) override;

  // The namespace's and the client's part.
  const base::Sid& sid() const noexcept { return sid_; }
  State state() const noexcept { return state_; }
  void set_state(State state) noexcept { state_ = state; }
  Client& client() noexcept { return client_; }
  NamespaceShard& shard() noexcept { return shard_; }
  MembershipList& memberships() noexcept { return memberships_; }

  /// As it is: acknowledgements, and what the hooks for outgoing events have seen.
  plugin_api::EmitResult send(const EncodedPacket& packet, bool is_volatile);
  /// An event, through those hooks where there are any.
  plugin_api::EmitResult send_event(const EncodedPacket& packet, bool is_volatile);
  /// Keeps a broadcast for a held admission, or drops and counts it where the bound is reached.
  void hold(const Room& room, const EncodedPacket& packet, std::uint64_t before_mark);
  /// Registers for the answer to a packet that is about to be sent; `deadline` nullptr: none. False at the bound (the handler
  /// was told).
  bool expect_ack(std::uint64_t id, HandlerRef<plugin_api::AckHandler> handler, const base::TimePoint* deadline);
  bool resolve_ack(std::uint64_t id, std::string_view args, std::span<const plugin_api::Bytes> attachments);
  void forget_ack(std::uint64_t id);
  void fail_acks();
  void forget_held(const Room& room);
  std::unique_ptr<EventGate>& gate() noexcept { return gate_; }
  void append_handshake_json(std::string& out) const;

  /// Of the middlewares with the connect hook the first so many are told when this socket ends (Middleware::on_disconnect).
  std::uint32_t middleware_asked = 0;

  std::uint64_t visit_stamp = 0;  ///< of the last broadcast that reached or excepted this socket (NamespaceShard)

 private:
  struct HeldRoom;
  struct Attached;  // data and claims

  // plugin_api::Handshake
  std::string_view address() const override;
  std::string_view url() const override;
  std::string_view query(std::string_view name) const override;
  std::string_view header(std::string_view name) const override;
  bool secure() const override;
  bool cross_origin() const override;
  std::int64_t issued_ms() const override;
  std::string_view auth() const override;

  /// False on a thread that is not the socket's loop, which is told as a fault of whoever calls `function`.
  bool is_on_loop(std::string_view function) const;
  plugin_api::Status attach(std::string Attached::*member, std::string_view json);

  Client& client_;
  NamespaceShard& shard_;
  void* user_ = nullptr;
  base::Sid sid_;
  State state_ = State::connecting;
  MembershipList memberships_;
  std::unique_ptr<std::string> auth_;
  std::unique_ptr<Attached> attached_;
  std::unique_ptr<AckTable> acks_;
  std::unique_ptr<std::vector<HeldRoom>> held_;
  std::unique_ptr<EventGate> gate_;
};

}  // namespace signaling::socketio
