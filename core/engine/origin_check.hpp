#pragma once
// Whose pages may open sessions and WebSockets here (RFC 6454, RFC 6455 section 10.2).

#include <signaling/engine/http_exchange.hpp>
#include <signaling/engine/options.hpp>

namespace signaling::engine {

/// Pure. For handshakes over any transport, and for every WebSocket. Polls and POSTs are not held to it: they name a session,
/// whose id no page of another origin can have read.
bool is_origin_allowed(const HttpRequest& request, const OriginOptions& options) noexcept;

}  // namespace signaling::engine
