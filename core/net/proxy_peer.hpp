#pragma once
// What a connection from a trusted proxy has, as long as it may still be told whose it is.

#include <memory>
#include <optional>

#include <signaling/net/peer_address.hpp>
#include <signaling/net/proxy_options.hpp>

#include "proxy_header.hpp"

namespace signaling::net {

struct ProxyPeer {
  PeerAddress address;                      ///< of the trusted proxy that is nearest to the client, as far as is known
  std::optional<ProxyHeaderReader> header;  ///< while a PROXY protocol header is awaited

  /// For a connection from this trusted address.
  static std::unique_ptr<ProxyPeer> make(const PeerAddress& address, const ProxyOptions& options) {
    auto peer = std::make_unique<ProxyPeer>();
    peer->address = address;
    if (options.protocol) peer->header.emplace();
    return peer;
  }
};

}  // namespace signaling::net
