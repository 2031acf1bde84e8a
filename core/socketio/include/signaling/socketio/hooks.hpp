#pragma once
// What this layer tells about the calls it makes into plugins, and about what plugins do that the border does not allow.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signaling::socketio {

/// Of the clock that hooks are timed with.
using HookTime = std::chrono::steady_clock::time_point;

/// `callback`: a handler object that a plugin handed over; told only where it threw.
enum class HookKind : std::uint8_t {
  handshake,
  connect,
  event,
  disconnect,
  members_changed,
  server_event,
  callback,
  http_request,
  http_route,
  event_out,
};
inline constexpr std::size_t hook_kind_count = 10;
/// Number in place of a plugin's where it is not known whose code it was.
inline constexpr std::uint32_t unknown_plugin = ~std::uint32_t{0};
constexpr std::string_view to_string(HookKind kind) noexcept {
  constexpr std::string_view names[] = {"handshake",    "connect",  "event",        "disconnect", "members_changed",
                                        "server_event", "callback", "http_request", "http_route", "event_out"};
  return names[static_cast<std::size_t>(kind)];
}

/// What a plugin did against the border's rules, other than to throw; the server went on without it.
enum class Fault : std::uint8_t {
  no_verdict,       ///< a hook returned without a verdict and without `defer`
  never_completed,  ///< a verdict or an answer that was promised had not come in time
  completed_twice,  ///< a second verdict or answer to the same thing
  bad_payload,      ///< a payload that is no JSON, no UTF-8, or whose attachments do not fit its placeholders
  too_large,        ///< more bytes than the bound allows
  bad_answer,       ///< an HTTP answer with a status or headers that it may not have
  wrong_thread,     ///< a [loop] function called on another thread
  blocked_loop,     ///< a call that held its loop for long
  bad_message,      ///< an adapter delivered what the contract does not allow
  left_threads,     ///< threads that ran on after `stop`
  unknown_id,       ///< an event loop or other thing that is not there
};
inline constexpr std::size_t fault_count = 11;
constexpr std::string_view to_string(Fault fault) noexcept {
  constexpr std::string_view names[] = {"no_verdict",  "never_completed", "completed_twice", "bad_payload",
                                        "too_large",   "bad_answer",      "wrong_thread",    "blocked_loop",
                                        "bad_message", "left_threads",    "unknown_id"};
  return names[static_cast<std::size_t>(fault)];
}

/// Gets one call for each call into a plugin. Quick; on the loop of the call, several loops at the same time.
class HookObserver {
 public:
  /// @param plugin  number that was given with the plugin (`Server::add_application` …), or `unknown_plugin`
  /// @param loop    the loop that made the call; the number of loops where it was another thread
  /// @param error   text of the exception that escaped; nullptr where none did
  virtual void on_hook(std::uint32_t plugin, std::uint32_t loop, HookKind kind, std::uint64_t nanoseconds,
                       const char* error) = 0;
  /// @param plugin  or `unknown_plugin`: that whose code runs on this thread, as far as can be told
  /// @param what    for people, without the plugin's name
  /// [any thread]
  virtual void on_fault(std::uint32_t /*plugin*/, Fault, std::string_view /*what*/) {}

 protected:
  ~HookObserver() = default;
};

}  // namespace signaling::socketio
