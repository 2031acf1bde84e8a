#pragma once
// Owns an object that a plugin handed over (plugin_api::Releasable): released exactly once, on every path.

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include <signaling/plugin_api/values.hpp>
#include <signaling/socketio/hooks.hpp>
#include <signaling/socketio/plugin_call.hpp>

namespace signaling::socketio {

struct ReleaseHandler {
  void operator()(plugin_api::Releasable* handler) const noexcept { handler->release(); }
};

template <class Handler>
using HandlerRef = std::unique_ptr<Handler, ReleaseHandler>;

/// For Fault::wrong_thread.
inline std::string wrong_thread_text(std::string_view function) {
  return std::string(function) + " called on a thread that is not the event loop it belongs to; use Host::post";
}

/// Calls a function of a handler; what it throws is told to the observer and goes no further.
template <class Call>
void call_handler(HookObserver& hooks, std::uint32_t loop, const plugin_api::Releasable& handler, Call&& call) noexcept {
  const RunningScope scope(handler);
  try {
    call();
  } catch (const std::exception& error) {
    hooks.on_hook(unknown_plugin, loop, HookKind::callback, 0, error.what());
  } catch (...) {
    hooks.on_hook(unknown_plugin, loop, HookKind::callback, 0, "an exception that is no std::exception");
  }
}

/// Tells one status and gives the handler back; nothing where there is none.
inline void tell(HookObserver& hooks, std::uint32_t loop, HandlerRef<plugin_api::StatusHandler> handler,
                 plugin_api::Status status) {
  if (handler) call_handler(hooks, loop, *handler, [&] { handler->on_status(status); });
}

}  // namespace signaling::socketio
