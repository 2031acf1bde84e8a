#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include <signaling/net/address_set.hpp>

namespace signaling::net {
namespace {

constexpr unsigned v4_prefix_bits = 96;  ///< of ::ffff:0:0/96, where IPv4 addresses are

/// Decimal digits alone, no leading zero.
std::optional<unsigned> parse_bits(std::string_view text) noexcept {
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (error != std::errc{} || end != text.data() + text.size() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return bits;
}

PeerAddress::Bytes mask_of(unsigned bits) noexcept {
  PeerAddress::Bytes mask{};
  for (std::size_t i = 0; i < mask.size(); ++i, bits -= std::min(bits, 8u))
    mask[i] = static_cast<std::uint8_t>(0xff00u >> std::min(bits, 8u));
  return mask;
}

struct Words {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

Words words(const PeerAddress::Bytes& bytes) noexcept {
  Words words;
  std::memcpy(&words.first, bytes.data(), 8);
  std::memcpy(&words.second, bytes.data() + 8, 8);
  return words;
}

}  // namespace

std::string AddressSet::add(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address_text = text.substr(0, slash);
  const std::optional<PeerAddress> address = PeerAddress::parse(address_text);
  if (!address) return "is no address or network, allowed: such as 192.0.2.7, 10.0.0.0/8, 2001:db8::1 or fd00::/8";
  // `::ffff:10.0.0.0/104` counts the bits of IPv6, `10.0.0.0/8` those of IPv4.
  const bool is_v4_text = address_text.find(':') == std::string_view::npos;
  const unsigned most = is_v4_text ? 32 : 128;
  std::optional<unsigned> bits = most;
  if (slash != std::string_view::npos) bits = parse_bits(text.substr(slash + 1));
  if (!bits || *bits > most) return "has a prefix that is no number from 0 to " + std::to_string(most);
  const unsigned all_bits = is_v4_text ? *bits + v4_prefix_bits : *bits;

  Network network{address->bytes(), mask_of(all_bits), address->is_v4() && all_bits >= v4_prefix_bits};
  PeerAddress::Bytes base = network.address;
  for (std::size_t i = 0; i < base.size(); ++i) base[i] &= network.mask[i];
  if (base != network.address) {
    PeerAddress::Text buffer;
    const std::string_view start = PeerAddress(std::span<const std::uint8_t, 16>(base)).text(buffer);
    // As text it is an IPv4 address, whichever way it was written.
    const unsigned allowed_bits = network.is_v4 ? all_bits - v4_prefix_bits : all_bits;
    return "has bits beyond its prefix, allowed: " + std::string(start) + "/" + std::to_string(allowed_bits) +
           ", or the one address " + std::string(address_text);
  }
  networks_.push_back(network);
  return {};
}

bool AddressSet::contains(const PeerAddress& address) const noexcept {
  if (networks_.empty()) return false;
  const bool is_v4 = address.is_v4();
  const Words of_address = words(address.bytes());
  for (const Network& network : networks_) {
    const Words base = words(network.address);
    const Words mask = words(network.mask);
    const bool is_inside =
        (((of_address.first & mask.first) ^ base.first) | ((of_address.second & mask.second) ^ base.second)) == 0;
    if (is_inside && network.is_v4 == is_v4) return true;
  }
  return false;
}

}  // namespace signaling::net
