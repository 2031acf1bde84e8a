#pragma once
// What this layer tells about the calls it makes into plugins.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signaling::socketio {

/// Of the clock that hooks are timed with.
using HookTime = std::chrono::steady_clock::time_point;

/// `callback`: a handler object that a plugin handed over; told only where it threw.
enum class HookKind : std::uint8_t { handshake, connect, event, disconnect, members_changed, server_event, callback };
inline constexpr std::size_t hook_kind_count = 7;
/// Number in place of a plugin's where it is not known whose code it was (`callback`).
inline constexpr std::uint32_t unknown_plugin = ~std::uint32_t{0};
constexpr std::string_view to_string(HookKind kind) noexcept {
  constexpr std::string_view names[] = {"handshake",       "connect",      "event",   "disconnect",
                                        "members_changed", "server_event", "callback"};
  return names[static_cast<std::size_t>(kind)];
}

/// Gets one call for each call into a plugin. Quick; on the loop of the call, several loops at the same time.
class HookObserver {
 public:
  /// @param plugin  number that was given with the plugin (`Server::add_application` …), or `unknown_plugin`
  /// @param loop    the loop that made the call; the number of loops where it was another thread
  /// @param error   text of the exception that escaped; nullptr where none did
  virtual void on_hook(std::uint32_t plugin, std::uint32_t loop, HookKind kind, std::uint64_t nanoseconds,
                       const char* error) = 0;

 protected:
  ~HookObserver() = default;
};

}  // namespace signaling::socketio
