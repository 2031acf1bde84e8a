#include "client.hpp"

#include <algorithm>
#include <optional>

#include <signaling/protocol/json_text.hpp>
#include <signaling/protocol/msgpack_packet.hpp>
#include <signaling/protocol/placeholder.hpp>

#include "event_gate.hpp"
#include "loop_server.hpp"
#include "middleware_run.hpp"
#include "namespace_shard.hpp"
#include "socket.hpp"

namespace signaling::socketio {

using protocol::PacketType;
using protocol::PacketView;

struct Client::PartialPacket final : base::Timer {
  explicit PartialPacket(Client& owner) : client(owner) {}
  Client& client;
  std::string text;
  std::vector<std::string> attachments;
  std::size_t bytes = 0;  ///< of both
  std::uint32_t expected = 0;

 private:
  void on_timer(base::TimePoint) override { client.close_for(Drop::attachments_timeout, DisconnectReason::forced_close); }
};

struct Client::Opening final : base::Timer {
  explicit Opening(Client& owner) : client(owner) {}
  Client& client;

 private:
  void on_timer(base::TimePoint) override { client.close_for(Drop::connect_timeout, DisconnectReason::forced_server_close); }
};

namespace {

DisconnectReason reason_of(engine::CloseReason reason) noexcept {
  switch (reason) {
    case engine::CloseReason::transport_error: return DisconnectReason::transport_error;
    case engine::CloseReason::transport_close: return DisconnectReason::transport_close;
    case engine::CloseReason::forced_close: return DisconnectReason::forced_close;
    case engine::CloseReason::ping_timeout: return DisconnectReason::ping_timeout;
    case engine::CloseReason::parse_error: return DisconnectReason::parse_error;
    case engine::CloseReason::server_shutting_down: return DisconnectReason::server_shutting_down;
  }
  return DisconnectReason::transport_close;
}

protocol::PacketLimits packet_limits(const Options& options) noexcept {
  protocol::PacketLimits limits;
  limits.max_attachments = options.max_attachments;
  limits.max_depth = options.max_json_depth;
  limits.max_namespace_bytes = options.max_namespace_name_bytes;
  limits.max_event_name_bytes = options.max_event_name_bytes;
  return limits;
}

}  // namespace

Client::Client(LoopServer& loop, engine::Session& session, const engine::HttpRequest& request)
    : loop_(loop), session_(session), info_(request, loop.wall_clock_ms()), opening_(std::make_unique<Opening>(*this)) {
  loop_.event_loop().timers().arm(*opening_, loop_.event_loop().now() + loop_.options().connect_timeout);
}

Client::~Client() = default;

void Client::on_message(bool is_binary, std::string_view data) {
  const HandlerScope scope(*this);
  if (closed_ || close_requested_) return;
  if (loop_.options().parser == Parser::msgpack) {
    if (!is_binary) return close_for(Drop::bad_packet, DisconnectReason::forced_close);
    return on_msgpack(data);
  }
  is_binary ? on_binary(data) : on_text(data);
}

void Client::on_partial_message(std::string_view text) {
  if (closed_ || close_requested_ || partial_ || loop_.options().parser == Parser::msgpack) return;
  if (!progress_) progress_ = std::make_unique<protocol::PacketProgress>();
  progress_->advance(text, packet_limits(loop_.options()));
}

void Client::on_text(std::string_view text) {
  // Text while attachments are awaited breaks the protocol.
  if (partial_) return close_for(Drop::bad_packet, DisconnectReason::forced_close);
  const std::unique_ptr<protocol::PacketProgress> progress = std::move(progress_);
  const auto packet = protocol::decode_packet(text, packet_limits(loop_.options()), progress.get());
  if (!packet) return close_for(Drop::bad_packet, DisconnectReason::forced_close);
  if (packet->attachment_count == 0) return dispatch(*packet, {});
  // Before anyone sees it: passed on, a number that names nothing would end the connection of each client that receives it.
  if (!protocol::check_placeholders(packet->json, packet->attachment_count)) {
    return close_for(Drop::bad_packet, DisconnectReason::forced_close);
  }
  partial_ = std::make_unique<PartialPacket>(*this);
  partial_->text = text;
  partial_->bytes = text.size();
  partial_->expected = packet->attachment_count;
  loop_.event_loop().timers().arm(*partial_, loop_.event_loop().now() + loop_.options().attachments_timeout);
}

void Client::on_binary(std::string_view data) {
  if (!partial_) return close_for(Drop::bad_packet, DisconnectReason::forced_close);
  partial_->bytes += data.size();
  if (partial_->bytes > loop_.options().max_packet_bytes) {
    return close_for(Drop::packet_too_large, DisconnectReason::forced_close);
  }
  partial_->attachments.emplace_back(data);
  if (partial_->attachments.size() < partial_->expected) return;
  const std::unique_ptr<PartialPacket> whole = std::move(partial_);
  std::vector<plugin_api::Bytes> attachments;
  attachments.reserve(whole->attachments.size());
  for (const std::string& attachment : whole->attachments) attachments.push_back(std::as_bytes(std::span(attachment)));
  // Decoded anew because its views pointed into the first message.
  const auto packet = protocol::decode_packet(whole->text, packet_limits(loop_.options()));
  // A reload may have lowered a limit meanwhile.
  if (!packet) return close_for(Drop::bad_packet, DisconnectReason::forced_close);
  dispatch(*packet, attachments);
}

void Client::on_msgpack(std::string_view data) {
  protocol::OwnedPacket packet;
  if (!protocol::decode_msgpack_packet(std::as_bytes(std::span(data)), packet_limits(loop_.options()), packet)) {
    return close_for(Drop::bad_packet, DisconnectReason::forced_close);
  }
  dispatch(packet.view, packet.attachments);
}

Socket* Client::find(std::string_view namespace_name) noexcept {
  for (const std::unique_ptr<Socket>& socket : sockets_) {
    if (socket->namespace_name() == namespace_name) return socket.get();
  }
  return nullptr;
}

void Client::dispatch(const PacketView& packet, std::span<const plugin_api::Bytes> attachments) {
  if (packet.type == PacketType::connect) return on_connect_packet(packet);
  Socket* socket = find(packet.namespace_name);
  // A packet for a namespace that is not joined (or not yet) closes the whole connection, as in socket.io.
  if (socket == nullptr || socket->state() == Socket::State::connecting) {
    return close_for(Drop::bad_packet, DisconnectReason::forced_server_close);
  }
  if (socket->state() == Socket::State::leaving) return;
  switch (packet.type) {
    case PacketType::event:
    case PacketType::binary_event: return on_event_packet(*socket, packet, attachments);
    case PacketType::ack:
    case PacketType::binary_ack:
      loop_.counters().acks_in.add();
      if (!socket->resolve_ack(packet.ack_id, packet.json, attachments)) loop_.counters().drop(Drop::unknown_ack);
      return;
    case PacketType::disconnect: return end_socket(*socket, DisconnectReason::client_namespace_disconnect);
    case PacketType::connect:
    case PacketType::connect_error: break;  // the decoder does not accept it from a client
  }
}

void Client::on_event_packet(Socket& socket, const PacketView& packet, std::span<const plugin_api::Bytes> attachments) {
  loop_.counters().events_in.add();
  std::string buffer;  // allocates only for a name with escapes
  plugin_api::Event event;
  event.name = protocol::decode_event_name(packet.event_name_json, buffer);
  event.text = packet.json;
  event.args = packet.args;
  event.attachments = attachments;
  event.ack.id = packet.ack_id;
  if (!loop_.has_hook(plugin_api::hook_event)) return deliver_event(socket, event);
  if (!socket.gate()) socket.gate() = std::make_unique<EventGate>(socket);
  socket.gate()->accept(event);
}

void Client::deliver_event(Socket& socket, const plugin_api::Event& event, HookTime now) {
  const ApplicationBinding& application = socket.shard().application();
  const HandlerScope scope(*this);
  loop_.call_plugin(
      application.plugin, HookKind::event, [&] { application.application->on_event(socket, event); }, now);
}

void Client::on_connect_packet(const PacketView& packet) {
  const std::string_view name = packet.namespace_name;
  if (find(name) != nullptr) return close_for(Drop::bad_packet, DisconnectReason::forced_server_close);
  const Options& options = loop_.options();
  const auto refuse = [&](Drop drop, std::string_view message) {
    loop_.counters().drop(drop);
    refuse_connect(name, message);
  };
  const ApplicationBinding* application = loop_.find_application(name);
  if (application == nullptr) return refuse(Drop::invalid_namespace, "Invalid namespace");
  if (sockets_.size() >= options.max_namespaces_per_client) {
    return refuse(Drop::too_many_namespaces, "Too many namespaces");
  }
  if (packet.json.size() > options.max_auth_bytes) return refuse(Drop::auth_too_large, "Auth payload too large");

  NamespaceShard& shard = loop_.find_or_create_shard(name, *application);
  Socket& socket = *sockets_.emplace_back(std::make_unique<Socket>(*this, shard, loop_.next_sid(), packet.json));
  if (!loop_.has_hook(plugin_api::hook_connect)) return on_connect_verdict(socket, {Outcome::Kind::pass, {}, {}});
  auto call = [&socket](plugin_api::Middleware& middleware, plugin_api::Verdict& verdict) {
    ++socket.middleware_asked;
    middleware.on_connect(socket, verdict);
  };
  auto done = [this, &socket](Outcome&& outcome) {
    std::erase_if(connecting_, [&](const auto& entry) { return entry.first == &socket; });
    // Whoever has refused knows.
    if (outcome.is_verdict && outcome.kind != Outcome::Kind::pass) --socket.middleware_asked;
    on_connect_verdict(socket, std::move(outcome));
  };
  const auto run = std::make_shared<MiddlewareRun>(loop_, HookKind::connect, std::move(call), std::move(done));
  connecting_.emplace_back(&socket, run);
  run->start();
}

void Client::on_connect_verdict(Socket& socket, Outcome&& outcome) {
  const HandlerScope scope(*this);
  if (socket.state() == Socket::State::leaving) outcome.kind = Outcome::Kind::disconnect;  // a hook called `disconnect`
  if (outcome.kind != Outcome::Kind::pass) {
    const std::string name(socket.namespace_name());
    const bool disconnect = outcome.kind == Outcome::Kind::disconnect;
    if (!disconnect) refuse_connect(name, outcome.message, outcome.data_json);
    end_socket(socket, DisconnectReason::server_namespace_disconnect);
    if (disconnect) close_for(Drop::middleware_refused, DisconnectReason::forced_server_close);
    return;
  }
  opening_.reset();
  socket.set_state(Socket::State::connected);
  socket.shard().add(socket);
  loop_.counters().sockets.add();
  std::string answer = R"({"sid":")";
  answer += socket.id();
  answer += R"("})";
  send_control(PacketType::connect, socket.namespace_name(), answer);
  const ApplicationBinding& application = socket.shard().application();
  loop_.call_plugin(application.plugin, HookKind::connect, [&] { application.application->on_connect(socket); });
}

void Client::refuse_connect(std::string_view namespace_name, std::string_view message, std::string_view data_json) {
  std::string json = R"({"message":)";
  protocol::append_json_string(message, json);
  if (!data_json.empty() && protocol::is_json(data_json, loop_.options().max_json_depth)) {
    json += R"(,"data":)";
    json += data_json;
  }
  json += '}';
  send_control(PacketType::connect_error, namespace_name, json);
}

void Client::send_control(PacketType type, std::string_view namespace_name, std::string_view json) {
  const EncodedPacket packet = loop_.encoder().control(type, namespace_name, json);
  session_.send(packet.messages());
  loop_.counters().packets_out.add();
}

void Client::request_disconnect(Socket& socket, bool close) {
  const auto mark = [](Socket& leaving) {
    if (leaving.state() == Socket::State::connected || leaving.state() == Socket::State::connecting) {
      leaving.set_state(Socket::State::leaving);
    }
  };
  if (socket.state() == Socket::State::gone) return;
  mark(socket);
  if (close) {
    for (const std::unique_ptr<Socket>& other : sockets_) mark(*other);
    close_requested_ = true;
  }
  has_postponed_ = true;
  if (depth_ == 0) run_postponed();
}

void Client::run_postponed() {
  const HandlerScope scope(*this);  // what ends here may ask for more
  while (has_postponed_ && !closed_) {
    has_postponed_ = false;
    // A socket whose middleware has not decided yet is ended by that verdict.
    for (std::size_t i = 0; i < sockets_.size();) {
      Socket& socket = *sockets_[i];
      const bool is_undecided =
          std::any_of(connecting_.begin(), connecting_.end(), [&](const auto& entry) { return entry.first == &socket; });
      if (socket.state() != Socket::State::leaving || (is_undecided && !close_requested_)) {
        ++i;
        continue;
      }
      if (!is_undecided) send_control(PacketType::disconnect, socket.namespace_name(), {});
      end_socket(socket, DisconnectReason::server_namespace_disconnect);
    }
    if (close_requested_) session_.close(engine::CloseReason::forced_close);
  }
}

void Client::end_socket(Socket& socket, DisconnectReason reason) {
  const bool was_undecided = std::erase_if(connecting_, [&](const auto& entry) {
                               if (entry.first != &socket) return false;
                               entry.second->cancel();
                               return true;
                             }) > 0;
  const bool was_in_namespace = !was_undecided && socket.shard().find(socket.id()) == &socket;
  socket.set_state(Socket::State::gone);
  if (socket.gate()) socket.gate()->close();
  if (was_in_namespace) {
    const HandlerScope scope(*this);
    const ApplicationBinding& application = socket.shard().application();
    const std::string_view text = to_string(reason);
    socket.fail_acks();
    loop_.call_plugin(application.plugin, HookKind::disconnect, [&] { application.application->on_disconnect(socket, text); });
    tell_middleware_of_end(socket, text, true);
    socket.shard().remove(socket);
    loop_.counters().sockets.subtract();
    loop_.counters().disconnects[static_cast<std::size_t>(reason)].add();
  } else if (socket.middleware_asked != 0) {
    const HandlerScope scope(*this);
    tell_middleware_of_end(socket, to_string(reason), false);
  }
  socket.shard().leave_all(socket);  // an undecided one may have been put into rooms by a hook
  const auto owned = std::find_if(sockets_.begin(), sockets_.end(), [&](const auto& s) { return s.get() == &socket; });
  // Somebody up the stack may still hold the reference.
  loop_.event_loop().defer([ended = std::move(*owned)] {});
  sockets_.erase(owned);
}

void Client::tell_middleware_of_end(Socket& socket, std::string_view reason, bool was_connected) {
  for (const MiddlewareBinding& binding : loop_.middleware()) {
    bool knows_it = was_connected;
    if ((binding.hooks & plugin_api::hook_connect) != 0)
      knows_it = socket.middleware_asked != 0 && socket.middleware_asked-- != 0;
    if (!knows_it || (binding.hooks & plugin_api::hook_disconnect) == 0) continue;
    loop_.call_plugin(binding.plugin, HookKind::disconnect, [&] { binding.middleware->on_disconnect(socket, reason); });
  }
}

void Client::close_for(Drop drop, DisconnectReason reason) {
  if (closed_) return;
  loop_.counters().drop(drop);
  forced_reason_ = reason;
  const HandlerScope scope(*this);
  session_.close(engine::CloseReason::forced_close);  // comes back through on_close
}

void Client::on_close(engine::CloseReason reason) {
  if (closed_) return;
  closed_ = true;
  opening_.reset();
  partial_.reset();
  const DisconnectReason told = reason == engine::CloseReason::forced_close ? forced_reason_ : reason_of(reason);
  const HandlerScope scope(*this);
  while (!sockets_.empty()) end_socket(*sockets_.back(), told);
}

}  // namespace signaling::socketio
