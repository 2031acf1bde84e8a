#pragma once
// The barrier around each call into a plugin: timed, known while it runs, and what it throws goes no further.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <exception>

#include <signaling/plugin_api/values.hpp>
#include <signaling/socketio/hooks.hpp>

namespace signaling::socketio {

/// The call into a plugin that runs on a thread, written by it and looked at by the watch over blocked loops.
struct RunningCall {
  static constexpr std::uint32_t task = static_cast<std::uint32_t>(hook_kind_count);  ///< in place of a HookKind

  /// Whose code: twice the plugin's number and one; or, of a handler object that a plugin handed over, the address of its
  /// virtual table, which lies in the plugin's library; 0: none runs.
  std::atomic<std::uintptr_t> who{0};
  /// When it began, of the steady clock; below 0: a number that no other call has, since nobody asked the clock.
  std::atomic<std::int64_t> since_ns{0};
  std::atomic<std::uint32_t> kind{0};
  std::int64_t calls = 0;  ///< the thread's own

  static constexpr std::uintptr_t of_plugin(std::uint32_t number) noexcept { return std::uintptr_t{number} * 2 + 1; }
};
/// Of the calling thread.
inline constinit thread_local RunningCall running_call;

/// The innermost call counts.
class RunningScope {
 public:
  RunningScope(std::uint32_t plugin, std::uint32_t kind, std::chrono::steady_clock::time_point since) noexcept
      : RunningScope(RunningCall::of_plugin(plugin), kind, std::chrono::nanoseconds(since.time_since_epoch()).count()) {}
  /// Of a handler.
  explicit RunningScope(const plugin_api::Releasable& handler) noexcept
      : RunningScope(table_of(handler), static_cast<std::uint32_t>(HookKind::callback), -++running_call.calls) {}
  ~RunningScope() { set(who_, since_ns_, kind_); }
  RunningScope(const RunningScope&) = delete;
  RunningScope& operator=(const RunningScope&) = delete;

 private:
  RunningScope(std::uintptr_t who, std::uint32_t kind, std::int64_t since_ns) noexcept
      : call_(running_call),
        who_(call_.who.load(std::memory_order_relaxed)),
        since_ns_(call_.since_ns.load(std::memory_order_relaxed)),
        kind_(call_.kind.load(std::memory_order_relaxed)) {
    set(who, since_ns, kind);
  }
  /// The virtual table comes first in every object of the Itanium ABI.
  static std::uintptr_t table_of(const plugin_api::Releasable& handler) noexcept {
    std::uintptr_t table = 0;
    std::memcpy(&table, static_cast<const void*>(&handler), sizeof table);
    return table;
  }
  void set(std::uintptr_t who, std::int64_t since_ns, std::uint32_t kind) noexcept {
    call_.kind.store(kind, std::memory_order_relaxed);
    call_.since_ns.store(since_ns, std::memory_order_relaxed);
    call_.who.store(who, std::memory_order_release);
  }

  RunningCall& call_;
  const std::uintptr_t who_;
  const std::int64_t since_ns_;
  const std::uint32_t kind_;
};

/// Runs code of a plugin. False where it threw.
/// @param now  when the call before this one returned, just now; the epoch: to be asked of the clock. Afterwards: when this one
///             did. Asking it costs as much as the rest of a call.
template <class Call>
bool call_plugin(HookObserver& hooks, std::uint32_t plugin, std::uint32_t loop, HookKind kind, Call&& call,
                 HookTime& now) noexcept {
  const HookTime start = now == HookTime{} ? std::chrono::steady_clock::now() : now;
  const auto tell = [&](const char* error) {
    now = std::chrono::steady_clock::now();
    hooks.on_hook(plugin, loop, kind, static_cast<std::uint64_t>(std::chrono::nanoseconds(now - start).count()), error);
  };
  const RunningScope scope(plugin, static_cast<std::uint32_t>(kind), start);
  try {
    call();
    tell(nullptr);
    return true;
  } catch (const std::exception& error) {
    tell(error.what());
  } catch (...) {
    tell("an exception that is no std::exception");
  }
  return false;
}
template <class Call>
bool call_plugin(HookObserver& hooks, std::uint32_t plugin, std::uint32_t loop, HookKind kind, Call&& call) noexcept {
  HookTime now{};
  return call_plugin(hooks, plugin, loop, kind, call, now);
}

}  // namespace signaling::socketio
