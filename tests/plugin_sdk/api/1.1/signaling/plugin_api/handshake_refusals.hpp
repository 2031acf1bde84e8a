#pragma once
// Refusing a handshake with an HTTP status of one's own. Since API 1.1.

#include <cstdint>
#include <string_view>

#include <signaling/plugin_api/middleware.hpp>

namespace signaling::plugin_api {

/// The answer to the first HTTP request of a session.
struct HandshakeRefusal {
  std::uint32_t status = 403;             ///< 400 to 599; anything else counts as 403
  std::string_view message = {};          ///< for people; empty: `Forbidden`
  std::uint32_t retry_after_seconds = 0;  ///< Retry-After (RFC 9110 section 10.2.3); 0: none
};

/// From `Host::query(HandshakeRefusals::interface_name)`; valid as long as the host, nullptr in a server before 1.1.
class HandshakeRefusals {
 public:
  static constexpr std::string_view interface_name = "signaling.handshake_refusals/1";

  /// Ends `verdict`, which this server has passed to `on_handshake` (or its `defer` has given), as `Verdict::refuse` does;
  /// where that is called of the same object, that is. Polling: `{"code":4,"message":…}` with this status. WebSocket: the
  /// message alone; the status is 400 where it is 403, as engine.io has it, else this one.
  virtual void refuse(Verdict& verdict, const HandshakeRefusal& refusal) = 0;

 protected:
  ~HandshakeRefusals() = default;
};

}  // namespace signaling::plugin_api
