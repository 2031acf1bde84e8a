#include "dispatch.hpp"

#include <memory>
#include <utility>
#include <vector>

#include "claims.hpp"
#include "loop.hpp"
#include "relay.hpp"
#include "replies.hpp"
#include "request.hpp"
#include "rooms.hpp"

namespace signaling::webrtc_signaling {

using plugin_api::Bytes;
using plugin_api::Event;
using plugin_api::Socket;

namespace {

std::optional<Refusal> check_permission(const Socket& socket, const Request& request) {
  const std::string_view claims = socket.claims();
  if (claims.empty()) return std::nullopt;
  switch (request.kind) {
    case RequestKind::join:
      if (!may(claims, "join")) return Refusal{ErrorCode::forbidden, "your token does not allow to join"};
      if (!may_enter(claims, request.room)) return Refusal{ErrorCode::forbidden, "room: your token does not allow it"};
      return std::nullopt;
    case RequestKind::signal:
      if (!may(claims, "signal")) return Refusal{ErrorCode::forbidden, "your token does not allow to signal"};
      return std::nullopt;
    case RequestKind::message:
      if (!may(claims, "message")) return Refusal{ErrorCode::forbidden, "your token does not allow to send messages"};
      return std::nullopt;
    case RequestKind::leave:
    case RequestKind::update:
    case RequestKind::peers: return std::nullopt;
  }
  return std::nullopt;
}

/// A relayed event that names a peer alone is about the room that its sender is in, where that is one.
std::optional<Refusal> complete_room(const StateRef& state, Request& request) {
  if (!request.room.empty() || !state || state->rooms.empty()) return std::nullopt;
  if (state->rooms.size() > 1) return Refusal{ErrorCode::invalid, "room: is missing, and you are in several"};
  request.room = state->rooms.front().room();
  return std::nullopt;
}

bool must_wait(SocketState& state, const Request& request) noexcept {
  if (state.waiting && state.waiting->holds_back(request.room, request.is_relay())) return true;
  const Membership* membership = state.find(request.room);
  return membership != nullptr && membership->is_busy_for(request.is_relay());
}

void run(Loop& loop, Socket& socket, const StateRef& state, const Request& request, const Event& event) {
  switch (request.kind) {
    case RequestKind::join: return join(loop, socket, state, request, event.ack);
    case RequestKind::leave: return leave(loop, socket, state, request, event.ack);
    case RequestKind::update: return update(loop, socket, state, request, event.ack);
    case RequestKind::peers: return list_peers(loop, socket, state, request, event.ack);
    case RequestKind::signal:
    case RequestKind::message: return relay(loop, socket, state, request, event);
  }
}

enum class Turn { comes, has_come };

/// @param turn  `has_come`: the event has waited already
void handle(Loop& loop, Socket& socket, const Event& event, Turn turn) {
  const std::optional<EventKind> kind = event_kind(event.name, *loop.options);
  if (!kind) return refuse(loop, socket, event.ack, {ErrorCode::invalid, "unknown event"});
  const StateRef state = StateRef::of(socket);
  Request request;
  auto refusal = read_request(*kind, event, *loop.options, loop.buffers, request);
  if (!refusal) refusal = complete_room(state, request);
  if (!refusal) refusal = check_permission(socket, request);
  if (refusal) return refuse(loop, socket, event.ack, *refusal);
  if (turn == Turn::comes && state && must_wait(*state, request)) {
    if (!state->waiting) state->waiting = std::make_unique<WaitingRequests>();
    if (!state->waiting->push(event, request.room, request.is_relay())) {
      refuse(loop, socket, event.ack, {ErrorCode::unavailable, "too many requests wait for an answer of presence"});
    }
    return;
  }
  run(loop, socket, state, request, event);
}

/// Index of the first waiting request that may run now; the size where there is none.
std::size_t next_to_run(SocketState& state) {
  const WaitingRequests& waiting = *state.waiting;
  std::size_t index = 0;
  for (; index < waiting.size(); ++index) {
    const WaitingRequest& request = waiting.at(index);
    const Membership* membership = state.find(request.room);
    if (membership != nullptr && membership->is_busy_for(request.is_relay)) continue;
    if (!waiting.is_held_back(index)) break;
  }
  return index;
}

}  // namespace

void dispatch(Loop& loop, Socket& socket, const Event& event) { handle(loop, socket, event, Turn::comes); }

void run_waiting(Loop& loop, const StateRef& state) {
  if (!state->waiting || std::exchange(state->is_running_waiting, true)) return;
  // Anew after each: it may have ended or begun an operation, or the socket.
  while (state->waiting) {
    const std::size_t index = next_to_run(*state);
    if (index == state->waiting->size()) break;
    const WaitingRequest request = state->waiting->take(index);
    if (state->waiting->size() == 0) state->waiting.reset();
    const std::vector<Bytes> attachments(request.attachments.begin(), request.attachments.end());
    Event event;
    event.name = request.name;
    event.args = request.args;
    event.attachments = attachments;
    event.ack = request.ack;
    handle(loop, *state->socket, event, Turn::has_come);
  }
  state->is_running_waiting = false;
}

}  // namespace signaling::webrtc_signaling
