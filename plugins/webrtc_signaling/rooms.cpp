#include "rooms.hpp"

#include <memory>
#include <string>
#include <utility>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/json_build.hpp>

#include "announcements.hpp"
#include "dispatch.hpp"
#include "loop.hpp"
#include "replies.hpp"
#include "socket_state.hpp"

namespace signaling::webrtc_signaling {

using plugin_api::AckToken;
using plugin_api::PresenceEntry;
using plugin_api::Socket;
using plugin_api::Status;
using Phase = Membership::Phase;
using Others = std::span<const PresenceEntry>;

namespace {

constexpr Refusal not_in_room{ErrorCode::not_in_room, "room: you are not in it"};

/// What an operation of presence has to know at its end, when the request is long gone. Shared by the handler and by who asks,
/// since the views that were asked with must outlive the call, and the handler may be gone before.
struct Operation {
  StateRef state;
  std::string core_room;
  std::string id;
  std::string metadata;
  AckToken ack;

  std::string_view room() const noexcept { return std::string_view(core_room).substr(core_room_prefix.size()); }
  Socket* socket() const noexcept { return state->socket; }  ///< nullptr: it has disconnected
};
using OperationPtr = std::shared_ptr<const Operation>;

OperationPtr make_operation(StateRef state, Socket& socket, const Request& request, AckToken ack) {
  return std::make_shared<const Operation>(Operation{std::move(state), std::string(core_room_prefix).append(request.room),
                                                     std::string(socket.id()), std::string(request.metadata), ack});
}

Refusal refusal_of(Status status) noexcept {
  switch (status) {
    case Status::full: return {ErrorCode::room_full, "room: max_peers are in it"};
    case Status::too_many: return {ErrorCode::unavailable, "a bound of the adapter is reached; nothing has been changed"};
    default: return {ErrorCode::unavailable, "presence cannot answer now; nothing has been changed"};
  }
}

/// Whether a change may have happened although it was not confirmed.
bool is_uncertain(Status status) noexcept { return status == Status::timeout || status == Status::closed; }

void append_peers(std::string& out, Others others, std::string_view except) {
  out.append(R"("peers":[)");
  bool is_first = true;
  for (const PresenceEntry& other : others) {
    if (other.member == except) continue;
    if (!std::exchange(is_first, false)) out.push_back(',');
    out.append(R"({"id":")").append(other.member).append(R"(","metadata":)").append(other.value).push_back('}');
  }
  out.push_back(']');
}

void acknowledge_join(Loop& loop, const Operation& operation, Others others) {
  if (!operation.ack.wanted()) return;
  std::string& text = loop.text;
  text.assign(R"([{"ok":true,"room":)");
  plugin_api::json::append_json_string(text, operation.room());
  text.append(R"(,"id":")").append(operation.id).append("\",");
  append_peers(text, others, operation.id);
  text.append(R"(,"iceServers":)");
  loop.options->ice_servers.append_json(operation.id, loop.host.wall_clock_ms() / 1'000, text);
  text.append("}]");
  operation.socket()->reply(operation.ack, plugin_api::json::Pieces(text));
}

/// Ends an operation: what had to wait for it goes on. A socket that has gone meanwhile, and may be listed, leaves the room.
void end_in(Phase phase, Loop& loop, const Operation& operation) {
  if (operation.socket() == nullptr) {
    loop.departures.depart(operation.core_room, operation.id);
    return;
  }
  operation.state->find(operation.room())->phase = phase;
  run_waiting(loop, operation.state);
}

/// Ends an operation after which the socket is certainly not listed.
void end_outside(Loop& loop, const Operation& operation) {
  operation.state->forget(operation.room());
  run_waiting(loop, operation.state);
}

void on_joined(Loop& loop, const Operation& operation, std::uint64_t mark, Others others) {
  if (operation.socket() != nullptr) acknowledge_join(loop, operation, others);
  if (Socket* socket = operation.socket()) socket->admit(operation.core_room, mark);
  // Also of a socket that has gone: some have it in their list already, and everybody hears of its departure next.
  announce_joined(loop, operation.core_room, operation.id, operation.metadata, mark);
  end_in(Phase::settled, loop, operation);
}

/// Takes back a join of which it is not known whether it happened.
void take_back_join(Loop& loop, const OperationPtr& operation) {
  if (operation->socket() == nullptr) return end_in(Phase::doubtful, loop, *operation);
  operation->state->find(operation->room())->phase = Phase::leaving;
  loop.presence.remove(
      operation->room(), operation->id,
      plugin_api::make_presence_handler([&loop, operation](Status status, std::uint64_t mark, bool existed, Others) {
        if (status != Status::ok) return end_in(Phase::doubtful, loop, *operation);
        if (existed) announce_left(loop, operation->core_room, operation->id, "left", mark);
        end_outside(loop, *operation);
      }));
}

void on_join_failed(Loop& loop, const OperationPtr& operation, Status status) {
  if (Socket* socket = operation->socket()) {
    socket->leave(operation->core_room);
    refuse(loop, *socket, operation->ack, refusal_of(status));
  }
  if (is_uncertain(status)) {
    take_back_join(loop, operation);
  } else {
    end_outside(loop, *operation);
  }
}

void register_joining(Loop& loop, const OperationPtr& operation) {
  loop.presence.put(
      operation->room(), operation->id, operation->metadata, loop.options->max_peers,
      plugin_api::make_presence_handler([&loop, operation](Status status, std::uint64_t mark, bool, Others others) {
        if (status == Status::ok) {
          on_joined(loop, *operation, mark, others);
        } else {
          on_join_failed(loop, operation, status);
        }
      }));
}

/// The Socket.IO room could not be entered, or nothing of other nodes would be heard in it.
void on_room_refused(Loop& loop, const Operation& operation, Status status) {
  if (Socket* socket = operation.socket()) {
    socket->leave(operation.core_room);
    Refusal refusal = refusal_of(status);
    if (status == Status::too_many)
      refusal = {ErrorCode::too_many_rooms, "room: the server takes no further room for a socket"};
    if (status == Status::invalid)
      refusal = {ErrorCode::invalid, "room: is longer than the server allows, or holds control characters"};
    refuse(loop, *socket, operation.ack, refusal);
  }
  end_outside(loop, operation);
}

void join_first_time(Loop& loop, Socket& socket, StateRef state, const Request& request, AckToken ack) {
  if (!state) state = StateRef::attach(socket);
  if (Membership* doubtful = state->find(request.room)) {
    doubtful->phase = Phase::joining;
  } else if (state->rooms.size() < loop.options->max_rooms_per_socket) {
    state->rooms.push_back({std::string(core_room_prefix).append(request.room), Phase::joining});
  } else {
    return refuse(loop, socket, ack, {ErrorCode::too_many_rooms, "room: max_rooms_per_socket is reached"});
  }
  const OperationPtr operation = make_operation(std::move(state), socket, request, ack);
  // The handler is told the status of `join` itself too.
  socket.join(operation->core_room, plugin_api::Admission::held,
              &plugin_api::make_status_handler([&loop, operation](Status status) {
                if (status != Status::ok) {
                  on_room_refused(loop, *operation, status);
                } else if (operation->socket() == nullptr) {
                  end_outside(loop, *operation);  // nothing was registered yet
                } else {
                  register_joining(loop, operation);
                }
              }));
}

enum class Reply { as_join, ok };

/// Replaces the metadata of a member.
void replace(Loop& loop, Socket& socket, const StateRef& state, const Request& request, AckToken ack, Reply reply) {
  state->find(request.room)->phase = Phase::updating;
  const OperationPtr operation = make_operation(state, socket, request, ack);
  loop.presence.put(operation->room(), operation->id, operation->metadata, loop.options->max_peers,
                    plugin_api::make_presence_handler(
                        [&loop, operation, reply](Status status, std::uint64_t mark, bool existed, Others others) {
                          if (Socket* now = operation->socket()) {
                            if (status != Status::ok) {
                              refuse(loop, *now, operation->ack, refusal_of(status));
                            } else if (reply == Reply::as_join) {
                              acknowledge_join(loop, *operation, others);
                            } else {
                              acknowledge(*now, operation->ack);
                            }
                          }
                          if (status == Status::ok) {
                            // Where this node was taken for lost, the others were told that the member has gone.
                            const auto announce = existed ? announce_updated : announce_joined;
                            announce(loop, operation->core_room, operation->id, operation->metadata, mark);
                          }
                          end_in(Phase::settled, loop, *operation);
                        }));
}

void on_left(Loop& loop, const Operation& operation, std::uint64_t mark, bool existed) {
  if (Socket* socket = operation.socket()) {
    socket->leave(operation.core_room);
    acknowledge(*socket, operation.ack);
  }
  if (existed) announce_left(loop, operation.core_room, operation.id, "left", mark);
  end_outside(loop, operation);
}

}  // namespace

void join(Loop& loop, Socket& socket, const StateRef& state, const Request& request, AckToken ack) {
  if (state && state->find_member(request.room) != nullptr) {
    replace(loop, socket, state, request, ack, Reply::as_join);
  } else {
    join_first_time(loop, socket, state, request, ack);
  }
}

void leave(Loop& loop, Socket& socket, const StateRef& state, const Request& request, AckToken ack) {
  Membership* membership = state ? state->find_member(request.room) : nullptr;
  if (membership == nullptr) return refuse(loop, socket, ack, not_in_room);
  membership->phase = Phase::leaving;
  const OperationPtr operation = make_operation(state, socket, request, ack);
  loop.presence.remove(
      operation->room(), operation->id,
      plugin_api::make_presence_handler([&loop, operation](Status status, std::uint64_t mark, bool existed, Others) {
        if (status == Status::ok) return on_left(loop, *operation, mark, existed);
        if (Socket* now = operation->socket()) refuse(loop, *now, operation->ack, refusal_of(status));
        end_in(Phase::settled, loop, *operation);
      }));
}

void update(Loop& loop, Socket& socket, const StateRef& state, const Request& request, AckToken ack) {
  if (!state || state->find_member(request.room) == nullptr) return refuse(loop, socket, ack, not_in_room);
  replace(loop, socket, state, request, ack, Reply::ok);
}

void list_peers(Loop& loop, Socket& socket, const StateRef& state, const Request& request, AckToken ack) {
  if (!state || state->find_member(request.room) == nullptr) return refuse(loop, socket, ack, not_in_room);
  if (!ack.wanted()) return;  // there is nothing else to it
  const OperationPtr operation = make_operation(state, socket, request, ack);
  loop.presence.list(operation->room(),
                     plugin_api::make_presence_handler([&loop, operation](Status status, std::uint64_t, bool, Others others) {
                       Socket* now = operation->socket();
                       if (now == nullptr) return;
                       if (status != Status::ok) return refuse(loop, *now, operation->ack, refusal_of(status));
                       loop.text.assign(R"([{"ok":true,)");
                       append_peers(loop.text, others, operation->id);
                       loop.text.append("}]");
                       now->reply(operation->ack, plugin_api::json::Pieces(loop.text));
                     }));
}

void on_disconnect(Loop& loop, Socket& socket) {
  const std::string id(socket.id());
  const StateRef state = StateRef::detach(socket);
  if (!state) return;
  state->waiting.reset();
  for (const Membership& membership : state->rooms) {
    // Where an operation is under way, its end does this.
    if (!membership.is_busy_for(false)) loop.departures.depart(membership.core_room, id);
  }
}

}  // namespace signaling::webrtc_signaling
