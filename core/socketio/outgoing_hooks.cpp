#include "outgoing_hooks.hpp"

#include <limits>
#include <memory>
#include <optional>

#include "client.hpp"
#include "event_gate.hpp"
#include "loop_server.hpp"
#include "socket.hpp"

namespace signaling::socketio {
namespace {

using plugin_api::EmitResult;

/// What the server sends is bounded elsewhere.
protocol::PacketLimits no_limits() noexcept {
  constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  protocol::PacketLimits limits;
  limits.max_attachments = none;
  limits.max_depth = 1024;
  limits.max_namespace_bytes = none;
  limits.max_event_name_bytes = none;
  return limits;
}

class Verdict final : public plugin_api::OutgoingVerdict {
 public:
  enum class Kind : std::uint8_t { none, pass, drop };

  void pass() override { decide(Kind::pass); }
  void drop() override { decide(Kind::drop); }
  void replace(const plugin_api::Payload& event) override {
    if (kind_ != Kind::none) return;
    replacement_.emplace(MiddlewareRun::Replacement::of(event));
  }

  Kind kind() const noexcept { return kind_; }
  std::optional<MiddlewareRun::Replacement>& replacement() noexcept { return replacement_; }

 private:
  void decide(Kind kind) noexcept {
    if (kind_ == Kind::none) kind_ = kind;
  }

  Kind kind_ = Kind::none;
  std::optional<MiddlewareRun::Replacement> replacement_;
};

class HookScope {
 public:
  explicit HookScope(LoopServer& loop) : loop_(loop) { loop_.is_in_outgoing_hook = true; }
  ~HookScope() { loop_.is_in_outgoing_hook = false; }
  HookScope(const HookScope&) = delete;
  HookScope& operator=(const HookScope&) = delete;

 private:
  LoopServer& loop_;
};

}  // namespace

ShownPacket::ShownPacket(const EncodedPacket& packet, Parser parser) : packet_(packet) {
  const auto messages = packet.messages();
  if (messages.empty()) return;
  const std::string_view payload = messages.front()->payload();
  protocol::PacketView view;
  if (parser == Parser::msgpack) {
    if (!protocol::decode_msgpack_packet(std::as_bytes(std::span(payload)), no_limits(), decoded_)) return;
    view = decoded_.view;
    attachments_ = decoded_.attachments;
  } else {
    const auto decoded = protocol::decode_packet(payload.substr(1), no_limits());  // after Engine.IO's digit
    if (!decoded) return;
    view = *decoded;
    for (const protocol::MessagePtr& message : messages.subspan(1)) {
      attachments_.push_back(std::as_bytes(std::span(message->payload())));
    }
  }
  is_event_ = view.type == protocol::PacketType::event || view.type == protocol::PacketType::binary_event;
  if (!is_event_) return;
  event_.name = protocol::decode_event_name(view.event_name_json, name_);
  event_.text = view.json;
  event_.args = view.args;
  event_.attachments = attachments_;
  event_.ack.id = view.ack_id;
}

EmitResult send_through_hooks(Socket& socket, const ShownPacket& shown, bool is_volatile) {
  LoopServer& loop = socket.client().loop_server();
  if (!socket.is_connected()) return EmitResult::closed;
  if (!shown.is_event() || loop.is_in_outgoing_hook) return socket.send(shown.packet(), is_volatile);
  const Client::HandlerScope handler_scope(socket.client());
  plugin_api::Event event = shown.event();
  std::unique_ptr<OwnedEvent> replaced;
  {
    const HookScope scope(loop);
    for (const OutgoingBinding& binding : loop.outgoing()) {
      Verdict verdict;
      const bool threw =
          !loop.call_plugin(binding.plugin, HookKind::event_out, [&] { binding.hook->on_event_out(socket, event, verdict); });
      if (!threw && verdict.kind() == Verdict::Kind::none) {
        loop.hooks().on_fault(binding.plugin, Fault::no_verdict, "an outgoing event was neither passed nor dropped");
      }
      if (threw || verdict.kind() != Verdict::Kind::pass) {
        loop.counters().drop(Drop::outgoing_dropped);
        return EmitResult::dropped;
      }
      if (!verdict.replacement()) continue;
      auto owned = std::make_unique<OwnedEvent>(std::move(*verdict.replacement()), event.ack);
      plugin_api::Event view;
      if (owned->view(view)) {
        event = view;
        replaced = std::move(owned);
      } else {
        // It may stand for something that the socket must not see.
        loop.hooks().on_fault(binding.plugin, Fault::bad_payload, "an outgoing event was replaced by what is no event");
        loop.counters().drop(Drop::outgoing_dropped);
        return EmitResult::dropped;
      }
    }
  }
  if (!socket.is_connected()) return EmitResult::closed;
  if (!replaced) return socket.send(shown.packet(), is_volatile);
  const bool compress = shown.packet().messages().front()->compress();
  const std::string_view text[] = {event.text};
  return socket.send(loop.encoder().event(socket.namespace_name(), {text, event.attachments}, event.ack.id, compress),
                     is_volatile);
}

}  // namespace signaling::socketio
