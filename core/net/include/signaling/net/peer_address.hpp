#pragma once
// Address of a peer by value, 16 bytes; IPv4 as ::ffff:a.b.c.d.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <sys/socket.h>

namespace signaling::net {

class PeerAddress {
 public:
  using Text = std::array<char, 46>;
  using Bytes = std::array<std::uint8_t, 16>;

  PeerAddress() = default;
  explicit PeerAddress(const sockaddr_storage& address) noexcept;
  /// In network order.
  explicit PeerAddress(std::span<const std::uint8_t, 4> v4) noexcept;
  explicit PeerAddress(std::span<const std::uint8_t, 16> v6) noexcept;
  /// Numeric IPv4 or IPv6 text, without brackets, port or zone; nullopt where it is none. Pure.
  static std::optional<PeerAddress> parse(std::string_view text) noexcept;

  bool is_v4() const noexcept;
  /// In network order.
  const Bytes& bytes() const noexcept { return bytes_; }
  /// Numeric text, written to `buffer`; IPv4 in its own notation.
  std::string_view text(Text& buffer) const noexcept;
  /// What limits per address count together: an IPv4 address, or the /64 that one IPv6 subscriber has.
  PeerAddress limit_key() const noexcept;
  friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
  std::size_t hash() const noexcept;

 private:
  Bytes bytes_{};
};

}  // namespace signaling::net
