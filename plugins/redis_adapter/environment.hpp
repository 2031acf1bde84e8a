#pragma once
// What all connections of one backend share.

#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include <signaling/plugin_api/host.hpp>

#include "backend.hpp"

namespace boost::asio::ssl {
class context;
}

namespace signaling::redis_adapter {

namespace asio = boost::asio;

using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;

/// Owned by the backend, outlives its connections. The adapter's thread alone.
struct Environment {
  asio::io_context& io;
  BackendOptions options;
  BackendObserver& observer;
  std::shared_ptr<asio::ssl::context> tls;  ///< nullptr: plain connections
  BackendStats stats = {};
  std::minstd_rand random{std::random_device{}()};
  bool is_stopped = false;  ///< from then on nobody outside is called

  double random_fraction() { return std::uniform_real_distribution<double>(0, 1)(random); }
  void log(plugin_api::LogLevel level, std::string_view text) noexcept;

  /// Runs code of the caller's side: what it throws is logged and ends here.
  template <class F>
  void guarded(std::string_view what, F&& f) noexcept {
    try {
      f();
    } catch (const std::exception& error) {
      report(what, error.what());
    } catch (...) {
      report(what, "an exception of unknown type");
    }
  }
  /// One call of a handler, empty ones too.
  void finish(ReplyHandler& handler, const Reply& reply) noexcept {
    if (!handler) return;
    guarded("a reply handler", [&] { std::exchange(handler, nullptr)(reply); });
  }

 private:
  void report(std::string_view what, std::string_view text) noexcept;
};

}  // namespace signaling::redis_adapter
