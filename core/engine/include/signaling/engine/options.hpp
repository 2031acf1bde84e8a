#pragma once
// Options of the Engine.IO layer; names and defaults follow engine.io (socketio-facts §1.1).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <signaling/base/clock.hpp>

namespace signaling::engine {

struct CookieOptions {
  std::string name = "io";
  std::string path = "/";
  std::string domain;
  std::string same_site = "Lax";  ///< Strict, Lax, None
  bool http_only = true;
  bool secure = false;
  std::optional<std::int64_t> max_age_seconds;
};

/// Which pages may open sessions and WebSockets. A browser asks nobody before it opens a WebSocket across origins, and sends
/// the user's cookies along: CORS headers alone keep foreign pages from nothing there (RFC 6455 section 10.2).
struct OriginOptions {
  /// Compared as text with the `Origin` header; empty: all. A page of this server itself (the host of the origin is that of the
  /// request) always may.
  std::vector<std::string> allowed;
  /// WebSocket handshakes without `Origin`, as programs other than browsers send them.
  bool allow_missing = true;
};

struct Options {
  base::Milliseconds ping_interval{25000};
  base::Milliseconds ping_timeout{20000};
  base::Milliseconds upgrade_timeout{10000};
  /// Longest wait for `SessionFactory::check_handshake` to decide; then the handshake gets 503.
  base::Milliseconds handshake_timeout{10000};
  /// Longest wait of an orderly polling close for the client's next poll.
  base::Milliseconds close_timeout{30000};
  std::uint32_t max_payload_bytes = 1'000'000;
  bool polling = true;
  bool websocket = true;
  bool allow_upgrades = true;
  /// A polling session answers requests, upgrades too, of the address alone that opened it; others are told that there is no such
  /// session. Sessions opened while this was off stay free.
  bool bind_address = false;
  std::optional<CookieOptions> cookie;
  OriginOptions origins;
  /// Bound of what waits for one session; reaching it closes the session (volatile messages are dropped before that).
  std::size_t max_send_queue_bytes = 4'000'000;
  /// Sessions of this loop; more are refused with 503.
  std::size_t max_sessions = 1'000'000;
};

}  // namespace signaling::engine
