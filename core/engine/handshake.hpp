#pragma once
// What a new session is told: the open packet, and the cookie where one is configured. Pure.

#include <string>

#include <signaling/base/sid.hpp>
#include <signaling/engine/options.hpp>
#include <signaling/engine/session.hpp>

namespace signaling::engine {

/// `0{"sid":…,"upgrades":[…],"pingInterval":…,"pingTimeout":…,"maxPayload":…}`: these keys, this order.
std::string open_packet(const base::Sid& sid, TransportName transport, const Options& options);

/// Value of Set-Cookie: `io=<sid>; Path=/; HttpOnly; SameSite=Lax` (RFC 6265 section 4.1; order as engine.io's).
std::string set_cookie(const CookieOptions& cookie, const base::Sid& sid);

}  // namespace signaling::engine
