#pragma once
// Proxies and balancers in front of the server: who they are, and how they tell the address of their clients.

#include <cstdint>

#include <signaling/net/address_set.hpp>

namespace signaling::net {

/// The request header that proxies append the address of their client to.
enum class ProxyHeaderField : std::uint8_t {
  none,
  x_forwarded_for,  ///< with X-Forwarded-Proto beside it
  forwarded,        ///< RFC 7239
};

struct ProxyOptions {
  /// Nobody else is believed. `max_connections_per_address` counts their connections for the clients that they tell of, and
  /// those for which they tell nothing (health checks) for nobody.
  AddressSet trusted;
  /// Each connection from a trusted address must begin with a PROXY protocol header, before TLS.
  bool protocol = false;
  ProxyHeaderField header = ProxyHeaderField::none;
};

}  // namespace signaling::net
