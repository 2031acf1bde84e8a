#pragma once
// What is known of one socket that has joined a room. A socket that never did has no state, so that idle connections cost
// nothing here.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <signaling/plugin_api/socket.hpp>

#include "waiting_requests.hpp"

namespace signaling::webrtc_signaling {

/// Socket.IO rooms of signaling rooms bear this prefix. No socket id begins so (ids are base64url), hence a signaling room
/// named like a peer's id is not that peer's own room.
inline constexpr std::string_view core_room_prefix = "r:";

/// One room of one socket. While an operation of presence is under way for it, further requests that depend on its outcome
/// wait: at most one operation for a socket and room at any time.
struct Membership {
  enum class Phase : std::uint8_t {
    joining,   ///< not a member yet
    settled,   ///< a member, nothing under way
    updating,  ///< a member, its metadata being replaced
    leaving,   ///< a member until that is done; or a failed join being taken back
    doubtful,  ///< not a member, though presence may list it: a failed join could not be taken back. Nothing under way
  };
  std::string core_room;
  Phase phase = Phase::joining;

  std::string_view room() const noexcept { return std::string_view(core_room).substr(core_room_prefix.size()); }
  bool is_member() const noexcept { return phase == Phase::settled || phase == Phase::updating; }
  /// Whether a request has to wait. What a member sends does not wait for its own metadata.
  bool is_busy_for(bool is_relay) const noexcept {
    return phase == Phase::joining || phase == Phase::leaving || (phase == Phase::updating && !is_relay);
  }
};

/// On the socket's loop alone. Kept alive by the socket (`Socket::user`) until it disconnects, and by every operation under
/// way, which so learns that the socket has gone.
class SocketState {
 public:
  explicit SocketState(plugin_api::Socket& connected) : socket(&connected) {}

  plugin_api::Socket* socket;  ///< nullptr once disconnected
  std::vector<Membership> rooms;
  std::unique_ptr<WaitingRequests> waiting;  ///< nullptr: none
  bool is_running_waiting = false;

  /// nullptr where the socket neither is in the room nor has an operation for it under way. Good until `rooms` changes.
  Membership* find(std::string_view room) noexcept {
    const auto found = std::find_if(rooms.begin(), rooms.end(), [&](const Membership& m) { return m.room() == room; });
    return found == rooms.end() ? nullptr : &*found;
  }
  Membership* find_member(std::string_view room) noexcept {
    Membership* found = find(room);
    return found != nullptr && found->is_member() ? found : nullptr;
  }
  void forget(std::string_view room) {
    std::erase_if(rooms, [&](const Membership& m) { return m.room() == room; });
  }

 private:
  friend class StateRef;
  std::uint32_t references_ = 0;
};

/// Owns one reference.
class StateRef {
 public:
  StateRef() = default;
  explicit StateRef(SocketState* state) noexcept : state_(state) {
    if (state_ != nullptr) ++state_->references_;
  }
  StateRef(const StateRef& other) noexcept : StateRef(other.state_) {}
  StateRef(StateRef&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  StateRef& operator=(StateRef other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~StateRef() {
    if (state_ != nullptr && --state_->references_ == 0) delete state_;
  }

  /// The reference that the socket itself holds, made by `attach` and given up by `detach`.
  static StateRef of(const plugin_api::Socket& socket) noexcept { return StateRef(static_cast<SocketState*>(socket.user())); }
  static StateRef attach(plugin_api::Socket& socket) {
    StateRef state(new SocketState(socket));
    ++state->references_;
    socket.set_user(state.state_);
    return state;
  }
  static StateRef detach(plugin_api::Socket& socket) noexcept {
    StateRef state = of(socket);
    if (!state) return state;
    --state->references_;
    state->socket = nullptr;
    socket.set_user(nullptr);
    return state;
  }

  SocketState* operator->() const noexcept { return state_; }
  SocketState& operator*() const noexcept { return *state_; }
  explicit operator bool() const noexcept { return state_ != nullptr; }

 private:
  SocketState* state_ = nullptr;
};

}  // namespace signaling::webrtc_signaling
