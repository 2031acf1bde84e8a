#include "handshake.hpp"

namespace signaling::engine {

std::string open_packet(const base::Sid& sid, TransportName transport, const Options& options) {
  const bool may_upgrade = transport == TransportName::polling && options.websocket && options.allow_upgrades;
  std::string packet;
  packet.reserve(160);
  packet += "0{\"sid\":\"";  // base64url characters need no escaping
  packet += sid.view();
  packet += may_upgrade ? "\",\"upgrades\":[\"websocket\"],\"pingInterval\":" : "\",\"upgrades\":[],\"pingInterval\":";
  packet += std::to_string(options.ping_interval.count());
  packet += ",\"pingTimeout\":";
  packet += std::to_string(options.ping_timeout.count());
  packet += ",\"maxPayload\":";
  packet += std::to_string(options.max_payload_bytes);
  packet += '}';
  return packet;
}

std::string set_cookie(const CookieOptions& cookie, const base::Sid& sid) {
  std::string value = cookie.name + '=';
  value += sid.view();
  if (cookie.max_age_seconds) value += "; Max-Age=" + std::to_string(*cookie.max_age_seconds);
  if (!cookie.domain.empty()) value += "; Domain=" + cookie.domain;
  if (!cookie.path.empty()) value += "; Path=" + cookie.path;
  if (cookie.http_only) value += "; HttpOnly";
  if (cookie.secure) value += "; Secure";
  if (!cookie.same_site.empty()) value += "; SameSite=" + cookie.same_site;
  return value;
}

}  // namespace signaling::engine
