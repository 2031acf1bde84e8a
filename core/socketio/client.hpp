#pragma once
// One Engine.IO session seen from Socket.IO: it may join several namespaces.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/engine/session.hpp>
#include <signaling/plugin_api/socket.hpp>
#include <signaling/protocol/packet_progress.hpp>
#include <signaling/protocol/socketio_packet.hpp>
#include <signaling/socketio/counters.hpp>
#include <signaling/socketio/hooks.hpp>

#include "handshake_info.hpp"

namespace signaling::socketio {

class LoopServer;
class MiddlewareRun;
class Socket;
struct Outcome;

/// Decodes what the session delivers and hands it to the sockets it belongs to. Owned by the session; on its loop.
class Client final : public engine::SessionHandler {
 public:
  Client(LoopServer& loop, engine::Session& session, const engine::HttpRequest& request);
  ~Client() override;

  LoopServer& loop_server() noexcept { return loop_; }
  engine::Session& session() noexcept { return session_; }
  const HandshakeInfo& info() const noexcept { return info_; }

  // engine::SessionHandler
  void on_message(bool is_binary, std::string_view data) override;
  void on_partial_message(std::string_view text) override;
  void on_close(engine::CloseReason reason) override;

  /// Ends after the running handler of this client, or at once where none runs.
  void request_disconnect(Socket& socket, bool close);
  /// Calls the application.
  void deliver_event(Socket& socket, const plugin_api::Event& event, HookTime now = {});

  /// Code of this client's plugins may be running: what ends sockets waits until the outermost scope ends.
  class HandlerScope {
   public:
    explicit HandlerScope(Client& client) : client_(client) { ++client_.depth_; }
    ~HandlerScope() {
      if (--client_.depth_ == 0 && client_.has_postponed_) client_.run_postponed();
    }
    HandlerScope(const HandlerScope&) = delete;
    HandlerScope& operator=(const HandlerScope&) = delete;

   private:
    Client& client_;
  };

 private:
  struct PartialPacket;  // text that waits for its attachments
  struct Opening;        // timer until the first namespace is joined

  void on_text(std::string_view text);
  void on_binary(std::string_view data);
  void on_msgpack(std::string_view data);
  void dispatch(const protocol::PacketView& packet, std::span<const plugin_api::Bytes> attachments);
  void on_connect_packet(const protocol::PacketView& packet);
  void on_connect_verdict(Socket& socket, Outcome&& outcome);
  void on_event_packet(Socket& socket, const protocol::PacketView& packet, std::span<const plugin_api::Bytes> attachments);
  void refuse_connect(std::string_view namespace_name, std::string_view message, std::string_view data_json = {});
  void send_control(protocol::PacketType type, std::string_view namespace_name, std::string_view json);

  Socket* find(std::string_view namespace_name) noexcept;
  void end_socket(Socket& socket, DisconnectReason reason);
  void tell_middleware_of_end(Socket& socket, std::string_view reason, bool was_connected);
  /// The client broke the protocol.
  void close_for(Drop drop, DisconnectReason reason);
  void run_postponed();

  LoopServer& loop_;
  engine::Session& session_;
  HandshakeInfo info_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::unique_ptr<protocol::PacketProgress> progress_;  // of a text that has not come whole
  std::unique_ptr<PartialPacket> partial_;
  std::unique_ptr<Opening> opening_;
  std::vector<std::pair<Socket*, std::shared_ptr<MiddlewareRun>>> connecting_;
  std::uint32_t depth_ = 0;
  bool has_postponed_ = false;
  bool close_requested_ = false;
  bool closed_ = false;
  /// Reason that the sockets are told when the session ends through `close_for`.
  DisconnectReason forced_reason_ = DisconnectReason::forced_close;
};

}  // namespace signaling::socketio
