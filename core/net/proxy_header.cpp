#include "proxy_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <boost/crc.hpp>

namespace signaling::net {
namespace {

using namespace std::string_view_literals;
using Status = ProxyHeaderResult::Status;

constexpr std::string_view v1_start = "PROXY "sv;
constexpr std::size_t v1_max_bytes = 107;  // its CR LF included: section 2.1
constexpr std::string_view v2_signature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t v2_fixed_bytes = 16;
static_assert(v2_signature.size() == 12);

constexpr std::uint8_t tlv_crc32c = 0x03;
constexpr std::uint8_t tlv_ssl = 0x20;
constexpr std::uint8_t client_ssl = 0x01;
constexpr std::size_t tlv_head_bytes = 3;

constexpr ProxyHeaderResult malformed{Status::malformed, 0, {}};

std::uint8_t byte(std::string_view bytes, std::size_t at) noexcept { return static_cast<std::uint8_t>(bytes[at]); }
std::size_t two_bytes(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<std::size_t>(byte(bytes, at)) << 8 | byte(bytes, at + 1);
}

template <std::size_t N>
PeerAddress address_at(std::string_view bytes) noexcept {
  std::array<std::uint8_t, N> raw{};
  std::memcpy(raw.data(), bytes.data(), N);
  return PeerAddress(std::span<const std::uint8_t, N>(raw));
}

/// One that ends with a blank; a second blank is an empty word, which nothing accepts.
std::string_view take_word(std::string_view& line) noexcept {
  const std::size_t blank = line.find(' ');
  const std::string_view word = line.substr(0, blank);
  line.remove_prefix(blank == std::string_view::npos ? line.size() : blank + 1);
  return word;
}

bool is_port(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && (text.size() == 1 || text.front() != '0');
}

std::optional<PeerAddress> parse_v1_address(std::string_view text, bool is_tcp4) noexcept {
  // An IPv6 word with a dotted end (::ffff:192.0.2.1) is one, as inet_ntop writes it.
  if (is_tcp4 != (text.find(':') == std::string_view::npos)) return std::nullopt;
  return PeerAddress::parse(text);
}

ProxyHeaderResult parse_v1(std::string_view bytes) noexcept {
  const std::size_t feed = bytes.substr(0, v1_max_bytes).find('\n');
  if (feed == std::string_view::npos) return bytes.size() >= v1_max_bytes ? malformed : ProxyHeaderResult{};
  if (bytes[feed - 1] != '\r') return malformed;
  ProxyHeaderResult result{Status::complete, feed + 1, {}};
  std::string_view line = bytes.substr(v1_start.size(), feed - 1 - v1_start.size());
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return result;  // what follows is not looked at: section 2.1
  const std::string_view family = take_word(line);
  if (family != "TCP4" && family != "TCP6") return malformed;
  result.connection.source = parse_v1_address(take_word(line), family == "TCP4");
  const bool has_destination = parse_v1_address(take_word(line), family == "TCP4").has_value();
  const bool has_source_port = is_port(take_word(line));
  return result.connection.source && has_destination && has_source_port && is_port(line) ? result : malformed;
}

/// CRC-32c of the whole header with the checksum's own four bytes as zeros (section 2.2.3).
bool has_checksum(std::string_view header, std::size_t at) noexcept {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  constexpr std::array<char, 4> zeros{};
  crc.process_bytes(header.data(), at);
  crc.process_bytes(zeros.data(), zeros.size());
  crc.process_bytes(header.data() + at + zeros.size(), header.size() - at - zeros.size());
  const std::uint32_t told =
      static_cast<std::uint32_t>(two_bytes(header, at)) << 16 | static_cast<std::uint32_t>(two_bytes(header, at + 2));
  return crc.checksum() == told;
}

/// @return false where they do not end with the header, or its checksum is not theirs.
bool read_tlvs(std::string_view header, std::size_t at, bool& secure) noexcept {
  while (at < header.size()) {
    if (header.size() - at < tlv_head_bytes) return false;
    const std::uint8_t type = byte(header, at);
    const std::size_t size = two_bytes(header, at + 1);
    at += tlv_head_bytes;
    if (header.size() - at < size) return false;
    if (type == tlv_crc32c && (size != 4 || !has_checksum(header, at))) return false;
    if (type == tlv_ssl) {
      if (size < 5) return false;  // client, verify
      secure = (byte(header, at) & client_ssl) != 0;
    }
    at += size;
  }
  return true;
}

ProxyHeaderResult parse_v2(std::string_view bytes) noexcept {
  const std::size_t fixed = std::min(bytes.size(), v2_fixed_bytes);
  if (fixed > 12 && byte(bytes, 12) != 0x20 && byte(bytes, 12) != 0x21) return malformed;
  const bool is_local = fixed > 12 && byte(bytes, 12) == 0x20;
  const unsigned family = fixed > 13 ? byte(bytes, 13) >> 4 : 0u;
  const unsigned transport = fixed > 13 ? byte(bytes, 13) & 0x0fu : 0u;
  // Section 2.2: anything else must be refused, but for LOCAL, whose family is not looked at.
  if (!is_local && (family > 3 || transport > 2 || (family != 0 && transport == 0))) return malformed;
  if (bytes.size() < v2_fixed_bytes) return {};
  const std::size_t body = two_bytes(bytes, 14);
  if (body > max_proxy_header_body_bytes) return malformed;
  constexpr std::array<std::size_t, 4> address_bytes{0, 12, 36, 216};
  if (!is_local && body < address_bytes[family]) return malformed;
  if (bytes.size() < v2_fixed_bytes + body) return {};

  const std::string_view header = bytes.substr(0, v2_fixed_bytes + body);
  ProxyHeaderResult result{Status::complete, header.size(), {}};
  // How long the addresses of an unspecified family are, nobody knows: the whole body is passed over.
  if (is_local || family == 0) return result;
  if (family == 1) result.connection.source = address_at<4>(header.substr(v2_fixed_bytes));
  if (family == 2) result.connection.source = address_at<16>(header.substr(v2_fixed_bytes));
  return read_tlvs(header, v2_fixed_bytes + address_bytes[family], result.connection.secure) ? result : malformed;
}

/// As far as both go.
bool agree(std::string_view bytes, std::string_view start) noexcept {
  const std::size_t size = std::min(bytes.size(), start.size());
  return bytes.substr(0, size) == start.substr(0, size);
}

}  // namespace

ProxyHeaderResult parse_proxy_header(std::string_view bytes) noexcept {
  if (bytes.empty()) return {};
  if (bytes.front() == v1_start.front()) {
    if (!agree(bytes, v1_start)) return malformed;
    return bytes.size() < v1_start.size() ? ProxyHeaderResult{} : parse_v1(bytes);
  }
  if (!agree(bytes, v2_signature)) return malformed;
  return parse_v2(bytes);
}

bool begins_as_proxy_header(std::string_view bytes) noexcept {
  return bytes.starts_with(v1_start) || bytes.starts_with(v2_signature);
}

ProxyHeaderReader::Status ProxyHeaderReader::read(std::string_view& input) {
  // The common case: a balancer sends the header in one piece.
  const std::size_t held_before = held_.size();
  if (held_before != 0) held_.append(input.substr(0, max_proxy_header_bytes - held_before));
  const ProxyHeaderResult result = parse_proxy_header(held_before != 0 ? std::string_view(held_) : input);
  if (result.status == Status::need_more) {
    if (held_before == 0) held_.assign(input);
    input = {};
  } else if (result.status == Status::complete) {
    input.remove_prefix(result.size - held_before);
    connection_ = result.connection;
    held_ = {};
  }
  return result.status;
}

}  // namespace signaling::net
