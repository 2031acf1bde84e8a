#include "bucket_key.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstring>

#include <openssl/sha.h>

#include <signaling/plugin_api/json_slice.hpp>

namespace signaling::rate_limit {

namespace {

std::uint64_t big_endian(const unsigned char* bytes) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

/// The first `bits` of 64.
constexpr std::uint64_t head(std::uint64_t value, unsigned bits) noexcept {
  return bits == 0 ? 0 : bits >= 64 ? value : value & ~(~std::uint64_t{0} >> bits);
}

constexpr std::uint64_t ipv4_mapped = 0x0000ffff'00000000;  // ::ffff:0:0/96, RFC 4291 section 2.5.5.2

BucketKey digest_of(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return {big_endian(digest.data()), big_endian(digest.data() + 8)};
}

}  // namespace

std::string BucketKey::text() const {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(32);
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 60; shift >= 0; shift -= 4) out += digits[half >> shift & 0xF];
  }
  return out;
}

BucketKey key_of_address(std::string_view address, const AddressPrefix& prefix) {
  address = address.substr(0, address.find('%'));
  std::array<char, INET6_ADDRSTRLEN> text{};
  std::array<unsigned char, 16> bytes{};
  if (address.empty() || address.size() >= text.size()) return digest_of(address);
  std::memcpy(text.data(), address.data(), address.size());
  if (::inet_pton(AF_INET, text.data(), bytes.data()) == 1) {
    const std::uint64_t value = std::uint64_t{bytes[0]} << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
    return {0, head(ipv4_mapped | value, 32 + prefix.ipv4_bits)};
  }
  if (::inet_pton(AF_INET6, text.data(), bytes.data()) != 1) return digest_of(address);
  BucketKey key{big_endian(bytes.data()), big_endian(bytes.data() + 8)};
  if (key.high == 0 && head(key.low, 32) == ipv4_mapped) return {0, head(key.low, 32 + prefix.ipv4_bits)};
  key.high = head(key.high, prefix.ipv6_bits);
  key.low = prefix.ipv6_bits > 64 ? head(key.low, prefix.ipv6_bits - 64) : 0;
  return key;
}

std::optional<BucketKey> key_of_identity(std::string_view claims, std::string_view claim) {
  if (claims.empty()) return std::nullopt;
  const std::string_view value = plugin_api::json::find(claims, claim);
  if (value.empty()) return std::nullopt;
  const plugin_api::json::Type type = plugin_api::json::type_of(value);
  if (type == plugin_api::json::Type::number) return digest_of(value);
  if (type != plugin_api::json::Type::string) return std::nullopt;
  std::string buffer;
  return digest_of(plugin_api::json::decode(value, buffer));
}

}  // namespace signaling::rate_limit
