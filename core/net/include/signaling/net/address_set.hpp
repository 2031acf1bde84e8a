#pragma once
// Addresses and networks (CIDR): whom the configuration trusts.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/net/peer_address.hpp>

namespace signaling::net {

/// A set of IPv4 and IPv6 networks. An IPv4 address, also where it came as `::ffff:a.b.c.d`, is in IPv4 networks alone: `::/0`
/// does not take it. Filled at start and constant afterwards; reading: any thread. Looking up takes a few nanoseconds and
/// about one more per network.
class AddressSet {
 public:
  /// @param text  an address (`192.0.2.7`, `2001:db8::1`) or a network (`10.0.0.0/8`, `fd00::/8`, `::ffff:10.0.0.0/104`)
  /// @return what is wrong with it, such as `has bits beyond its prefix, allowed: 10.0.0.0/8`; empty where it was added.
  std::string add(std::string_view text);
  bool contains(const PeerAddress& address) const noexcept;
  bool empty() const noexcept { return networks_.empty(); }

 private:
  struct Network {
    PeerAddress::Bytes address;
    PeerAddress::Bytes mask;
    bool is_v4;
  };
  std::vector<Network> networks_;
};

}  // namespace signaling::net
