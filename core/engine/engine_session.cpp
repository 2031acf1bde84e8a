#include "engine_session.hpp"

#include <algorithm>
#include <utility>

#include "engine_context.hpp"
#include "handshake.hpp"
#include "replies.hpp"
#include "request_check.hpp"

namespace signaling::engine {
namespace {

constexpr std::string_view close_packet = "1";
constexpr std::string_view noop_packet = "6";

// Text carries the Engine.IO digit, which is no part of the message.
std::size_t message_size(const protocol::OutboundMessage& message) noexcept {
  const std::size_t size = message.payload().size();
  return message.kind() == protocol::OutboundMessage::Kind::text && size > 0 ? size - 1 : size;
}

}  // namespace

// An idle WebSocket session is this object, a node and a bucket of the table, and an entry of the timer queue: 200 bytes.
static_assert(sizeof(void*) != 8 || sizeof(EngineSession) <= 136);

EngineSession::EngineSession(EngineContext& context, const base::Sid& sid, TransportName transport)
    : sid_(sid), transport_(transport), context_(context), websocket_(*this) {}

EngineSession::~EngineSession() = default;

// Sending

bool EngineSession::is_open() const {
  if (is_overflowed_ || close_after_opening_) return false;
  return state_ == State::open || state_ == State::opening;
}

bool EngineSession::is_writable() const {
  if (transport_ == TransportName::websocket) return websocket_.is_writable();
  return polling_ && polling_->has_poll() && !polling_->probe;
}

std::size_t EngineSession::queued_bytes() const { return (polling_ ? polling_->queue.bytes() : 0) + websocket_.queued_bytes(); }

SendResult EngineSession::send(std::span<const protocol::MessagePtr> messages, bool is_volatile) {
  if (is_overflowed_) return SendResult::overflow;
  if (!is_open()) return SendResult::closed;
  const bool is_direct = websocket_.is_attached();
  std::size_t bytes = queued_bytes();
  for (const auto& message : messages) bytes += is_direct ? message->frame().size() : protocol::payload_size(*message);
  const bool is_full = bytes > context_.options().max_send_queue_bytes;
  if (is_volatile && (is_full || !is_writable())) {
    context_.observer().on_dropped(true);
    return SendResult::dropped;
  }
  if (is_full) {
    is_overflowed_ = true;
    context_.observer().on_dropped(false);
    context_.close_overflowed_later(*this);
    return SendResult::overflow;
  }
  for (const auto& message : messages) {
    queue(message);
    context_.observer().on_message(true, message_size(*message));
  }
  return SendResult::sent;
}

void EngineSession::queue(const protocol::MessagePtr& message) {
  if (websocket_.is_attached()) return websocket_.send(message);
  polling().queue.push(message);
  if (!polling_->has_poll() || std::exchange(is_flush_scheduled_, true)) return;
  context_.flush_later(*this);
}

void EngineSession::flush() {
  is_flush_scheduled_ = false;
  if (polling_ && polling_->has_poll() && !polling_->queue.empty()) polling_->answer(polling_->queue.take_reply());
}

PollingSide& EngineSession::polling() {
  if (!polling_) polling_ = std::make_unique<PollingSide>(*this, context_.observer());
  return *polling_;
}

// Opening

void EngineSession::open(HttpExchange& exchange, SessionFactory& factory) {
  handler_ = factory.open(*this, exchange.request());
  state_ = State::open;
  context_.observer().on_session_opened(transport_);
  heartbeat_.start(context_.loop().now(), context_.options().ping_interval);
  context_.loop().timers().arm(*this, heartbeat_.deadline());
  if (transport_ == TransportName::polling) {
    open_polling(exchange);
  } else {
    open_websocket(exchange);
  }
  if (close_after_opening_) close(*std::exchange(close_after_opening_, std::nullopt));
}

// What the handler sent already waits for the first poll: clients read the answer to the handshake as one packet.
void EngineSession::open_polling(HttpExchange& exchange) {
  const Options& options = context_.options();
  if (options.bind_address) polling().bound_to = exchange.request().remote_address;
  HttpReply reply = payload_reply(open_packet(sid_, transport_, options), true);
  // Only here, as engine.io does: the cookie is for balancers to keep a session's requests together.
  if (options.cookie) reply.headers.emplace_back("Set-Cookie", set_cookie(*options.cookie, sid_));
  exchange.respond(std::move(reply));
}

bool EngineSession::may_come_from(std::string_view address) const noexcept {
  return !polling_ || polling_->bound_to.empty() || polling_->bound_to == address;
}

void EngineSession::open_websocket(HttpExchange& exchange) {
  const bool base64 = EngineQuery::parse(exchange.request()).base64;
  websocket_.attach(exchange.accept_websocket(websocket_, {}), base64);
  websocket_.send(protocol::MessagePtr::text(open_packet(sid_, transport_, context_.options())));
  if (const auto side = std::exchange(polling_, nullptr)) {
    for (const auto& message : side->queue.take()) websocket_.send(message);
  }
}

// Requests

void EngineSession::on_poll(HttpExchange& exchange) {
  if (polling().has_poll()) {
    exchange.respond(bare_reply(400));
    return fail(CloseReason::transport_error);
  }
  if (state_ == State::closing) {
    exchange.respond(polling_->queue.take_reply(close_packet));
    return release();
  }
  if (!polling_->queue.empty()) return exchange.respond(polling_->queue.take_reply());
  polling_->hold(exchange);
}

void EngineSession::on_post(HttpExchange& exchange) {
  const HttpRequest& request = exchange.request();
  if (request.header("content-type") == "application/octet-stream") {
    exchange.respond(bare_reply(400));
    return fail(CloseReason::transport_error);
  }
  auto buffers = context_.take_buffers();
  if (!protocol::decode_payload(request.body, buffers.packets, buffers.binary)) {
    context_.observer().on_error(ErrorCode::bad_request, request.remote_address);
    exchange.respond(error_reply(ErrorCode::bad_request, false));
    fail(CloseReason::parse_error);
  } else {
    for (const auto& packet : buffers.packets) on_packet(packet);
    exchange.respond(post_reply());
  }
  context_.give_back(std::move(buffers));
}

void EngineSession::on_probe(HttpExchange& exchange, bool base64) {
  if (polling().probe) return accept_and_close(exchange);
  polling_->probe = std::make_unique<UpgradeProbe>(*this, context_, exchange, base64);
}

// Receiving

void EngineSession::on_packet(const protocol::EnginePacketView& packet) {
  using Type = protocol::EnginePacketType;
  if (state_ == State::closing && packet.type == Type::close) return release();
  if (state_ != State::open || is_overflowed_) return;
  const Options& options = context_.options();
  if (packet.type == Type::pong) {
    if (heartbeat_.on_pong(context_.loop().now(), options.ping_interval)) {
      context_.loop().timers().arm(*this, heartbeat_.deadline());
    }
    return;
  }
  if (heartbeat_.awaits_pong()) heartbeat_.on_packet(context_.loop().now(), options.ping_timeout);
  switch (packet.type) {
    case Type::message:
      context_.observer().on_message(false, packet.data.size());
      return handler_->on_message(packet.is_binary, packet.data);
    case Type::ping: return fail(CloseReason::transport_error);  // in v4 the server asks
    case Type::close: return finish(CloseReason::transport_close, Ending::closed_by_client);
    case Type::open:
    case Type::pong:
    case Type::upgrade:
    case Type::noop: return;  // without meaning here; engine.io ignores them
  }
}

void EngineSession::on_partial_message(std::string_view text) {
  if (state_ == State::open && !is_overflowed_) handler_->on_partial_message(text);
}

// Heartbeat and the wait of an orderly close share one timer: a closing session needs no heartbeat.
void EngineSession::on_timer(base::TimePoint now) {
  if (state_ == State::closing) return release();
  switch (heartbeat_.on_time(now, context_.options().ping_timeout)) {
    case Heartbeat::Action::time_out: return fail(CloseReason::ping_timeout);
    case Heartbeat::Action::ping: queue(context_.ping()); break;
    case Heartbeat::Action::wait: break;
  }
  context_.loop().timers().arm(*this, heartbeat_.deadline());
}

// Upgrade

void EngineSession::end_poll() {
  if (!polling_->has_poll()) return;
  polling_->answer(polling_->queue.empty() ? payload_reply(std::string(noop_packet), false) : polling_->queue.take_reply());
}

void EngineSession::complete_upgrade(WebSocketChannel& channel, bool base64) {
  const auto side = std::exchange(polling_, nullptr);
  transport_ = TransportName::websocket;
  channel.set_handler(websocket_);
  websocket_.attach(channel, base64);
  // Official clients have no poll open any more. What is queued belongs on the WebSocket: a poll's answer could be overtaken.
  if (side->has_poll()) side->answer(payload_reply(std::string(noop_packet), false));
  for (const auto& message : side->queue.take()) websocket_.send(message);
  context_.retire(std::exchange(side->probe, nullptr));  // on the stack
  if (state_ == State::closing) {
    websocket_.close(is_moving_away_ ? close_service_restart : close_without_status);
    return release();
  }
  context_.observer().on_upgraded();
  handler_->on_upgraded();
}

void EngineSession::drop_probe() {
  if (!polling_ || !polling_->probe) return;
  const bool has_answered = polling_->probe->has_answered();
  polling_->probe->stop();
  context_.retire(std::exchange(polling_->probe, nullptr));
  // A client that waits for the end of its last poll shall find out soon what became of its WebSocket.
  if (has_answered && state_ == State::open) end_poll();
}

// Closing

void EngineSession::close(CloseReason reason) {
  if (state_ == State::opening) {  // the handler is not ours yet and cannot be told
    if (!close_after_opening_) close_after_opening_ = reason;
    return;
  }
  finish(reason, reason == CloseReason::server_shutting_down ? Ending::at_once : Ending::orderly);
}

void EngineSession::shut_down() {
  if (state_ == State::closing) return release();
  close(CloseReason::server_shutting_down);
}

bool EngineSession::move_away() {
  if (state_ != State::open) return false;
  is_moving_away_ = true;
  finish(CloseReason::server_shutting_down, Ending::orderly);
  return true;
}

// The one way out, whatever the cause.
void EngineSession::finish(CloseReason reason, Ending ending) {
  if (state_ != State::open) return;
  state_ = State::closing;
  const bool has_ended = end_transport(reason, ending);
  context_.observer().on_session_closed(transport_, reason);
  handler_->on_close(reason);
  if (has_ended) release();
}

// False where the end is still to be told to the client.
bool EngineSession::end_transport(CloseReason reason, Ending ending) {
  if (transport_ == TransportName::websocket) {
    if (ending == Ending::abandoned) {
      websocket_.abandon();
    } else {
      websocket_.close(reason == CloseReason::server_shutting_down ? close_service_restart : close_without_status);
    }
    return true;
  }
  if (polling().has_poll()) {
    answer_last_poll(ending);
    return true;
  }
  if (ending != Ending::orderly) return true;
  // A probe goes on: a client in the middle of its upgrade polls no more, and gets the rest over the WebSocket.
  const base::Milliseconds longest = context_.options().close_timeout;
  context_.loop().timers().arm(*this,
                               context_.loop().now() + (is_moving_away_ ? std::min(leaving_poll_wait, longest) : longest));
  return false;
}

void EngineSession::answer_last_poll(Ending ending) {
  const bool needs_noop = polling_->queue.empty();
  std::string_view last = close_packet;
  if (ending == Ending::closed_by_client) last = needs_noop ? noop_packet : std::string_view{};
  polling_->answer(polling_->queue.take_reply(last));
}

void EngineSession::release() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  context_.loop().timers().disarm(*this);
  drop_probe();
  context_.retire(*this);
}

}  // namespace signaling::engine
