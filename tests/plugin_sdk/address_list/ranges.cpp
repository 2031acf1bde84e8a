#include "ranges.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  unsigned prefix = 0;  ///< bits in front of an IPv4 address
};

std::optional<Address> parse(std::string_view text) noexcept {
  char terminated[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof(terminated)) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated);
  Address address;
  if (inet_pton(AF_INET6, terminated, address.bytes.data()) == 1) return address;
  address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  address.prefix = 96;
  if (inet_pton(AF_INET, terminated, address.bytes.data() + 12) == 1) return address;
  return std::nullopt;
}

bool are_equal(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b, unsigned bits) noexcept {
  const unsigned whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  return bits % 8 == 0 || ((a[whole] ^ b[whole]) >> (8 - bits % 8)) == 0;
}

std::string_view trimmed(std::string_view line) noexcept {
  constexpr std::string_view blanks = " \t\r";
  line = line.substr(0, line.find('#'));
  const std::size_t begin = line.find_first_not_of(blanks);
  return begin == std::string_view::npos ? std::string_view() : line.substr(begin, line.find_last_not_of(blanks) + 1 - begin);
}

}  // namespace

Ranges Ranges::read(std::string_view text) {
  Ranges list;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    const auto refuse = [&](const char* what) {
      throw std::runtime_error("line " + std::to_string(number) + ": " + what + ": " + std::string(line));
    };
    const std::size_t slash = line.find('/');
    const std::optional<Address> address = parse(line.substr(0, slash));
    if (!address) refuse("not an address");
    unsigned bits = 128 - address->prefix;
    if (slash != std::string_view::npos) {
      const unsigned most = bits;
      const char* const last = line.data() + line.size();
      const auto [stopped, error] = std::from_chars(line.data() + slash + 1, last, bits);
      if (error != std::errc() || stopped != last || bits > most) refuse("not a network");
    }
    list.ranges_.push_back({address->bytes, address->prefix + bits});
  }
  if (list.ranges_.empty()) throw std::runtime_error("there is no address in it");
  return list;
}

bool Ranges::contains(std::string_view text) const noexcept {
  const std::optional<Address> address = parse(text);
  return address && std::any_of(ranges_.begin(), ranges_.end(),
                                [&](const Range& range) { return are_equal(address->bytes, range.network, range.bits); });
}
