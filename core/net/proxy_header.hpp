#pragma once
// The PROXY protocol's header, versions 1 and 2, as a receiver reads it: what a balancer writes before the client's own bytes.
// Source: the specification that comes with HAProxy (doc/proxy-protocol.txt), sections 2.1 to 2.3.
//
//   version 1   "PROXY TCP4 192.0.2.1 198.51.100.1 51234 443\r\n", "PROXY TCP6 …", "PROXY UNKNOWN …"; 107 bytes at most
//   version 2   12 bytes signature, version and command, family and transport, 16 bits length; then the addresses (IPv4: 12
//               bytes, IPv6: 36, UNIX: 216) and TLVs (type, 16 bits length, value)

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <signaling/net/peer_address.hpp>

namespace signaling::net {

/// What a header says of the connection that it stands for.
struct ProxiedConnection {
  /// The client's; none where the TCP connection's own address holds: version 1 UNKNOWN, version 2 LOCAL (the balancer's own
  /// health check) and the families UNSPEC and UNIX.
  std::optional<PeerAddress> source;
  bool secure = false;  ///< the client came over TLS (PP2_TYPE_SSL with PP2_CLIENT_SSL)
};

struct ProxyHeaderResult {
  enum class Status : std::uint8_t { need_more, complete, malformed };
  Status status = Status::need_more;
  std::size_t size = 0;  ///< complete: bytes of the header; what follows is the client's
  ProxiedConnection connection;
};

/// Bytes that follow the first 16 of version 2: addresses and TLVs. What balancers send is a few hundred at most.
inline constexpr std::size_t max_proxy_header_body_bytes = 2048;
inline constexpr std::size_t max_proxy_header_bytes = 16 + max_proxy_header_body_bytes;

/// Reads the header that `bytes` begin with. Malformed as soon as they cannot become one: with the first byte where they do not
/// begin as a header, with the first 16 where the length that version 2 announces is more than the bound. TLVs must fill what
/// the addresses leave; PP2_TYPE_CRC32C is verified where it is there. Transports STREAM and DGRAM (HTTP/3) are taken alike.
/// Pure, any thread; nothing is allocated.
ProxyHeaderResult parse_proxy_header(std::string_view bytes) noexcept;

/// The beginning of a connection tells that a header was meant, of either version. Pure.
bool begins_as_proxy_header(std::string_view bytes) noexcept;

/// The same in pieces. One header; holds at most `max_proxy_header_bytes`.
class ProxyHeaderReader {
 public:
  using Status = ProxyHeaderResult::Status;

  /// Takes the header's bytes from the front of `input`, all of it with `need_more`. Not after `complete` or `malformed`.
  Status read(std::string_view& input);
  /// After `complete`.
  const ProxiedConnection& connection() const noexcept { return connection_; }

 private:
  std::string held_;
  ProxiedConnection connection_;
};

}  // namespace signaling::net
