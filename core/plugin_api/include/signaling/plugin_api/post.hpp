#pragma once
// Work handed to event loops. [any thread]

#include <cstdint>
#include <type_traits>
#include <utility>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/host.hpp>

namespace signaling::plugin_api {

/// `f()` on that loop, after what is queued there; never where the loop has ended. What it throws is logged and counted.
template <class F>
void post(Host& host, std::uint32_t loop, F&& f) {
  host.post(loop, make_task(std::forward<F>(f)));
}

/// `f()` or `f(std::uint32_t loop)` once on each loop, each with a copy of its own.
template <class F>
void post_to_each_loop(Host& host, const F& f) {
  for (std::uint32_t loop = 0; loop < host.loop_count(); ++loop) {
    if constexpr (std::is_invocable_v<F&, std::uint32_t>) {
      post(host, loop, [f, loop]() mutable { f(loop); });
    } else {
      post(host, loop, f);
    }
  }
}

}  // namespace signaling::plugin_api
