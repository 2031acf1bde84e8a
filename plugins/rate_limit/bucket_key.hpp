#pragma once
// Whom a bucket belongs to, in 16 bytes: an address up to its prefix, or the digest of an identity. Pure.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signaling::rate_limit {

struct BucketKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const BucketKey&, const BucketKey&) = default;
  /// 32 hexadecimal digits.
  std::string text() const;
};

struct AddressPrefix {
  unsigned ipv4_bits = 32;
  unsigned ipv6_bits = 64;
};

/// @param address  numeric, as `Handshake::address` has it; a zone (`%eth0`) does not count, and IPv4 in IPv6 is IPv4.
/// What is no address (there is none behind a Unix socket) is a key of its own.
BucketKey key_of_address(std::string_view address, const AddressPrefix& prefix);

/// @param claims  JSON object of a socket, or empty
/// @return the first 16 bytes of the SHA-256 of the claim's value, so that no identity stands in a backend; nullopt where it is
///         absent, or neither a string nor a number
std::optional<BucketKey> key_of_identity(std::string_view claims, std::string_view claim);

}  // namespace signaling::rate_limit
