// The WebSocket part: frames in, frames out, and the ways a WebSocket ends.

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include <signaling/net/cors.hpp>
#include <signaling/protocol/websocket_writer.hpp>

#include "connection.hpp"
#include "http_state.hpp"
#include "websocket_handshake.hpp"
#include "worker.hpp"

namespace signaling::net {
namespace {

/// A message is told of before it is whole each time that so much of it has come, and so large a part of what had come before:
/// what looks at all of it each time does so a bounded number of times.
constexpr std::size_t partial_step = 64 * 1024;
constexpr std::size_t partial_share = 16;

/// Pongs queued for a peer that does not read. It may be pinging in good faith, so some are kept.
constexpr std::uint8_t max_blocked_pongs = 64;

constexpr std::uint16_t policy_violation = 1008;
constexpr std::uint16_t message_too_big = 1009;
constexpr std::uint16_t internal_error = 1011;

}  // namespace

engine::WebSocketChannel& Connection::accept_websocket(engine::WebSocketHandler& handler,
                                                       const std::vector<std::pair<std::string, std::string>>& headers) {
  assert(state_ == State::http && http_ != nullptr && http_->is_serving && request().wants_websocket);
  const auto& deflate_options = worker_->options().websocket.deflate;
  std::optional<protocol::DeflateAgreement> deflate;
  if (deflate_options) deflate = negotiate_deflate(request());
  std::vector<std::pair<std::string, std::string>> more;
  if (http_->policy != nullptr && http_->policy->cors != nullptr) http_->policy->cors->add_headers(request(), more);
  queue_text(upgrade_answer(request(), deflate, headers, more));
  http_->is_serving = false;
  http_->owner = nullptr;
  handler_ = &handler;
  state_ = State::websocket;
  is_websocket_ = true;
  drop_proxy();  // no request follows that could tell of another client
  reader_ = protocol::WebSocketReader(deflate.has_value());
  deflate_window_bits_ = deflate ? deflate->server_window_bits : 0;
  disarm();
  worker_->counters().websockets_opened.add();
  if (!http_->is_in_handler) worker_->add_ready(*this);  // frees the request, reads what came with it
  return *this;
}

void Connection::begin_websocket() {
  std::string ahead = std::move(http_->ahead);
  release_http();
  if (!ahead.empty()) take_frames(ahead);
}

void Connection::take_frames(std::span<char> bytes) {
  protocol::WebSocketReadContext& context = worker_->read_context();
  while (state_ == State::websocket || state_ == State::closing) {
    const protocol::WebSocketEvent event = reader_.next(context, bytes);
    if (event.kind == protocol::WebSocketEvent::Kind::none) {
      if (state_ == State::websocket) tell_growth();
      break;
    }
    take_event(event);
  }
  context.trim();
}

void Connection::tell_growth() {
  const std::string_view text = reader_.take_growth(std::max(partial_step, reader_.buffered_bytes() / partial_share));
  if (text.empty()) return;
  try {
    handler_->on_websocket_partial(text);
  } catch (...) {
    on_handler_exception();
  }
}

void Connection::take_event(const protocol::WebSocketEvent& event) {
  using Kind = protocol::WebSocketEvent::Kind;
  switch (event.kind) {
    case Kind::none: break;
    case Kind::pong:
      if (state_ == State::websocket) takes_control_frame();
      break;
    case Kind::message:
      if (state_ != State::websocket) break;  // we have said goodbye already
      try {
        handler_->on_websocket_message(event.is_binary, event.payload);
      } catch (...) {
        on_handler_exception();
      }
      break;
    case Kind::ping:
      if (state_ == State::websocket && takes_control_frame()) pong(event.payload);
      break;
    case Kind::close: on_peer_close(event.code); break;
    case Kind::error: on_frame_error(event.code, event.payload); break;
  }
}

bool Connection::takes_control_frame() {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(worker_->loop().now().time_since_epoch());
  const auto second = static_cast<std::uint32_t>(now.count());
  if (std::exchange(control_second_, second) != second) control_frames_ = 0;
  if (++control_frames_ <= worker_->options().websocket.max_control_frames_per_second) return true;
  count(Limit::control_frames);
  end_with(policy_violation, "too many control frames", true);
  return false;
}

void Connection::pong(std::string_view payload) {
  if (is_blocked_ && ++blocked_pongs_ > max_blocked_pongs) {
    count(Limit::control_frames);
    end_with(policy_violation, "too many pings", false);
    return;
  }
  queue_frame(protocol::pong_frame(payload));
}

void Connection::on_peer_close(std::uint16_t code) {
  engine::WebSocketHandler* handler = std::exchange(handler_, nullptr);
  if (state_ == State::websocket) queue_frame(protocol::close_frame(code));
  state_ = State::finishing;
  lingers_ = false;
  arm(Deadline::close, worker_->options().websocket.close_timeout);
  worker_->add_dirty(*this);  // also where nothing is queued: the flush ends it
  if (handler == nullptr) return;
  try {
    handler->on_websocket_closed(code, true);
  } catch (...) {
    worker_->counters().exceptions.add();
  }
}

void Connection::on_frame_error(std::uint16_t code, std::string_view why) {
  switch (code) {
    case message_too_big: count(Limit::message_bytes); break;
    case policy_violation: count(Limit::control_frames); break;
    default: count(BadRequest::websocket); break;
  }
  end_with(code, why, true);
}

void Connection::end_with(std::uint16_t code, std::string_view why, bool lingers) {
  engine::WebSocketHandler* handler = std::exchange(handler_, nullptr);
  if (state_ == State::websocket) queue_frame(protocol::close_frame(code, why));
  state_ = State::finishing;
  lingers_ = lingers;
  arm(Deadline::close, worker_->options().websocket.close_timeout);
  worker_->add_dirty(*this);
  if (handler == nullptr) return;
  try {
    handler->on_websocket_closed(code, false);
  } catch (...) {
    worker_->counters().exceptions.add();
  }
}

void Connection::on_handler_exception() noexcept {
  worker_->counters().exceptions.add();
  if (state_ == State::websocket) end_with(internal_error, "internal error", true);
}

void Connection::send(const protocol::MessagePtr& message) {
  if (state_ != State::websocket) return;
  if (deflate_window_bits_ != 0) {
    protocol::DeflateAgreement agreement;
    agreement.server_window_bits = deflate_window_bits_;
    queue_frame(worker_->deflater().frame_for(message, agreement));
  } else {
    queue_frame(message);
  }
  if (queue_.bytes() > worker_->options().websocket.max_send_queue_bytes) {
    count(Limit::send_queue);
    fail();  // the handler is told at the end of the turn
  }
}

void Connection::set_reading(bool reading) {
  is_reading_ = reading;
  if (reading && is_read_paused_) worker_->add_ready(*this);
}

void Connection::close(std::uint16_t code) {
  if (state_ != State::websocket) return;
  set_reading(true);  // the peer's close frame comes that way
  handler_ = nullptr;
  queue_frame(protocol::close_frame(code));
  state_ = State::closing;
  arm(Deadline::close, worker_->options().websocket.close_timeout);
}

void Connection::abandon() {
  handler_ = nullptr;
  if (state_ == State::websocket || state_ == State::closing) fail();
}

}  // namespace signaling::net
