#include <signaling/net/counters.hpp>

namespace signaling::net {

std::string_view to_string(Limit limit) noexcept {
  switch (limit) {
    case Limit::connections: return "connections";
    case Limit::connections_per_address: return "connections_per_address";
    case Limit::open_files: return "open_files";
    case Limit::header_bytes: return "header_bytes";
    case Limit::header_time: return "header_time";
    case Limit::body_bytes: return "body_bytes";
    case Limit::body_time: return "body_time";
    case Limit::idle_time: return "idle_time";
    case Limit::write_time: return "write_time";
    case Limit::send_queue: return "send_queue";
    case Limit::message_bytes: return "message_bytes";
    case Limit::control_frames: return "control_frames";
    case Limit::close_time: return "close_time";
    case Limit::tls_handshake_time: return "tls_handshake_time";
  }
  return {};
}

std::string_view to_string(BadRequest kind) noexcept {
  switch (kind) {
    case BadRequest::malformed: return "malformed";
    case BadRequest::bad_framing: return "bad_framing";
    case BadRequest::bad_host: return "bad_host";
    case BadRequest::bad_upgrade: return "bad_upgrade";
    case BadRequest::websocket: return "websocket";
    case BadRequest::tls: return "tls";
    case BadRequest::proxy_header: return "proxy_header";
    case BadRequest::untrusted_proxy: return "untrusted_proxy";
  }
  return {};
}

}  // namespace signaling::net
