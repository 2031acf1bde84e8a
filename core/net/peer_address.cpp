#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>

#include <signaling/net/peer_address.hpp>

namespace signaling::net {
namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

PeerAddress::PeerAddress(const sockaddr_storage& address) noexcept {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::copy(v4_prefix.begin(), v4_prefix.end(), bytes_.begin());
    std::memcpy(bytes_.data() + v4_prefix.size(), &v4.sin_addr, 4);
  } else if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    std::memcpy(bytes_.data(), &v6.sin6_addr, bytes_.size());
  }
}

PeerAddress::PeerAddress(std::span<const std::uint8_t, 4> v4) noexcept {
  std::copy(v4_prefix.begin(), v4_prefix.end(), bytes_.begin());
  std::copy(v4.begin(), v4.end(), bytes_.begin() + v4_prefix.size());
}

PeerAddress::PeerAddress(std::span<const std::uint8_t, 16> v6) noexcept { std::copy(v6.begin(), v6.end(), bytes_.begin()); }

std::optional<PeerAddress> PeerAddress::parse(std::string_view text) noexcept {
  std::array<char, 46> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  std::array<std::uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, terminated.data(), v4.data()) == 1) return PeerAddress(v4);
  Bytes v6{};
  if (::inet_pton(AF_INET6, terminated.data(), v6.data()) == 1) return PeerAddress(v6);
  return std::nullopt;
}

bool PeerAddress::is_v4() const noexcept { return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes_.begin()); }

std::string_view PeerAddress::text(Text& buffer) const noexcept {
  const bool v4 = is_v4();
  const void* source = v4 ? bytes_.data() + v4_prefix.size() : bytes_.data();
  if (::inet_ntop(v4 ? AF_INET : AF_INET6, source, buffer.data(), static_cast<socklen_t>(buffer.size())) == nullptr) return {};
  return buffer.data();
}

PeerAddress PeerAddress::limit_key() const noexcept {
  PeerAddress key = *this;
  if (!is_v4()) std::fill(key.bytes_.begin() + 8, key.bytes_.end(), std::uint8_t{0});
  return key;
}

std::size_t PeerAddress::hash() const noexcept {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::memcpy(&a, bytes_.data(), 8);
  std::memcpy(&b, bytes_.data() + 8, 8);
  std::uint64_t h = (a ^ (b + 0x9E3779B97F4A7C15ull + (a << 6) + (a >> 2))) * 0xC2B2AE3D27D4EB4Full;
  return static_cast<std::size_t>(h ^ (h >> 29));
}

}  // namespace signaling::net
