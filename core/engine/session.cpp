#include <signaling/engine/session.hpp>

namespace signaling::engine {

std::string_view to_string(TransportName name) noexcept { return name == TransportName::polling ? "polling" : "websocket"; }

std::string_view to_string(CloseReason reason) noexcept {
  switch (reason) {
    case CloseReason::transport_error: return "transport error";
    case CloseReason::transport_close: return "transport close";
    case CloseReason::forced_close: return "forced close";
    case CloseReason::ping_timeout: return "ping timeout";
    case CloseReason::parse_error: return "parse error";
    case CloseReason::server_shutting_down: return "server shutting down";
  }
  return "transport error";
}

}  // namespace signaling::engine
