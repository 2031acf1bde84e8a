#include "proxy_header.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signaling::net {
namespace {

using namespace std::string_literals;
using Status = ProxyHeaderResult::Status;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string big_endian(std::size_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}
/// The whole header of version 2 around a body.
std::string v2(int command, int family, const std::string& body) {
  return signature + static_cast<char>(command) + static_cast<char>(family) + big_endian(body.size(), 2) + body;
}
std::string tlv(int type, const std::string& value) { return static_cast<char>(type) + big_endian(value.size(), 2) + value; }

const std::string v4_body = "\xc0\x00\x02\x01\xc6\x33\x64\x01\xc8\x22\x01\xbb"s;  // 192.0.2.1:51234 to 198.51.100.1:443
const std::string v6_address = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01";
const std::string v6_body = v6_address + v6_address + "\xc8\x22\x01\xbb"s;
/// client, verify, and the version as HAProxy adds it
const std::string ssl = tlv(0x20, "\x01\0\0\0\0"s + tlv(0x21, "TLSv1.3"));

/// The client's address, `-` where that of the TCP connection holds, and ` secure`; `?` and `!` where it is none yet, or never.
std::string read(std::string_view bytes) {
  const ProxyHeaderResult result = parse_proxy_header(bytes);
  if (result.status == Status::need_more) return "?";
  if (result.status == Status::malformed) return "!";
  PeerAddress::Text buffer;
  const auto& source = result.connection.source;
  return (source ? std::string(source->text(buffer)) : "-") + (result.connection.secure ? " secure" : "");
}

/// A bitwise CRC-32c, made otherwise than the one under test.
std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
  }
  return ~crc;
}

std::string v2_with_checksum(const std::string& before, const std::string& after) {
  std::string header = v2(0x21, 0x11, v4_body + before + tlv(0x03, std::string(4, '\0')) + after);
  const std::string sum = big_endian(crc32c(header), 4);
  return header.replace(signature.size() + 4 + v4_body.size() + before.size() + 3, 4, sum);
}

/// Headers that are good, and who they say the client is.
struct Example {
  std::string header;
  std::string told;
};
std::vector<Example> examples() {
  return {
      {"PROXY TCP4 192.0.2.1 198.51.100.1 51234 443\r\n", "192.0.2.1"},
      {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255"},
      {"PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0"},
      {"PROXY TCP6 2001:db8::1 2001:db8::2 51234 443\r\n", "2001:db8::1"},
      {"PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 51234 443\r\n", "192.0.2.1"},
      {"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
      {"PROXY UNKNOWN\r\n", "-"},
      {"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", "-"},
      {v2(0x21, 0x11, v4_body), "192.0.2.1"},
      {v2(0x21, 0x12, v4_body), "192.0.2.1"},
      {v2(0x21, 0x21, v6_body), "2001:db8::1"},
      {v2(0x21, 0x11, v4_body + ssl), "192.0.2.1 secure"},
      {v2(0x21, 0x21, v6_body + tlv(0x01, "h2") + ssl + tlv(0xee, "")), "2001:db8::1 secure"},
      {v2(0x21, 0x11, v4_body + tlv(0x20, "\0\0\0\0\0"s)), "192.0.2.1"},
      {v2(0x21, 0x11, v4_body + tlv(0x04, std::string(2048 - 12 - 3, 'n'))), "192.0.2.1"},
      {v2(0x21, 0x31, std::string(216, 'u')), "-"},
      {v2(0x21, 0x31, std::string(216, 'u') + ssl), "- secure"},
      {v2(0x21, 0x00, ""), "-"},
      {v2(0x21, 0x01, "whatever"), "-"},
      {v2(0x20, 0x00, ""), "-"},
      {v2(0x20, 0x11, v4_body + ssl), "-"},
      {v2(0x20, 0xff, "\x01"), "-"},
      {v2_with_checksum("", ""), "192.0.2.1"},
      {v2_with_checksum(tlv(0x04, "pad"), ssl), "192.0.2.1 secure"},
  };
}

TEST(ParseProxyHeader, TellsTheClient) {
  for (const Example& example : examples()) {
    EXPECT_EQ(read(example.header), example.told) << example.header;
    EXPECT_EQ(parse_proxy_header(example.header).size, example.header.size());
    EXPECT_TRUE(begins_as_proxy_header(example.header));
  }
}

TEST(ParseProxyHeader, WaitsForEveryByteOfItAndTakesNoneAfterIt) {
  for (const Example& example : examples()) {
    for (std::size_t size = 0; size < example.header.size(); ++size)
      ASSERT_EQ(read(std::string_view(example.header).substr(0, size)), "?") << size << " of " << example.header;
    for (const std::string after : {"GET / HTTP/1.1\r\n", "\x16\x03\x01", "\r\n", "PROXY TCP4 ", "\0"}) {
      const ProxyHeaderResult result = parse_proxy_header(example.header + after);
      ASSERT_EQ(result.status, Status::complete);
      ASSERT_EQ(result.size, example.header.size());
    }
  }
}

TEST(ParseProxyHeader, RefusesWhatIsNoHeaderWithItsFirstByte) {
  for (const std::string& bytes : {"G"s, "GET / HTTP/1.1\r\n\r\n"s, "\x16\x03\x01\x02"s, "\n"s, "\0"s, " PROXY"s, "proxy"s,
                                   "PO"s, "PROXI"s, "PROXY\r"s, "\r\r"s, "\r\n\r\nG"s, "\r\n\r\n\0\r\nQUIT\r"s})
    EXPECT_EQ(read(bytes), "!") << bytes;
  EXPECT_FALSE(begins_as_proxy_header("POST / HTTP/1.1\r\n"));
  EXPECT_FALSE(begins_as_proxy_header("\r\n\r\n"));
}

TEST(ParseProxyHeader, RefusesMalformedLines) {
  for (const std::string line : {"PROXY \r\n",
                                 "PROXY TCP4\r\n",
                                 "PROXY TCP4 \r\n",
                                 "PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n",
                                 "PROXY UNKNOWNS\r\n",
                                 "PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n",
                                 "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
                                 "PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2.2 1  2\r\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2.2\r\n",
                                 "PROXY TCP4 192.0.2.1 1 2\r\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2.2 65536 1\r\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\r\n",
                                 "PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n",
                                 "PROXY TCP4 192.0.2.1 192.0.2 1 2\r\n",
                                 "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
                                 "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
                                 "PROXY TCP6 [::1] [::1] 1 2\r\n",
                                 "PROXY TCP6 ::1 g::1 1 2\r\n",
                                 "PROXY TCP4 localhost localhost 1 2\r\n",
                                 "PROXY TCP4\t192.0.2.1 192.0.2.2 1 2\r\n"})
    EXPECT_EQ(read(line), "!") << line;
  EXPECT_EQ(read("PROXY TCP4 192.0.2.1\0 192.0.2.2 1 2\r\n"s), "!");
}

TEST(ParseProxyHeader, WaitsForNoMoreThan107BytesOfALine) {
  const std::string longest = "PROXY UNKNOWN " + std::string(107 - 14 - 2, 'x') + "\r\n";
  EXPECT_EQ(longest.size(), 107u);
  EXPECT_EQ(read(longest), "-");
  const std::string longer = "PROXY UNKNOWN " + std::string(107 - 14, 'x');
  EXPECT_EQ(read(longer.substr(0, 106)), "?");
  EXPECT_EQ(read(longer), "!") << "no line end in 107 bytes";
  EXPECT_EQ(read(longer + "\r\n"), "!");
}

TEST(ParseProxyHeader, RefusesMalformedVersion2WithItsFirst16Bytes) {
  for (const int command : {0x00, 0x01, 0x11, 0x22, 0x2f, 0x31, 0xff})
    EXPECT_EQ(read(v2(command, 0x11, v4_body).substr(0, 13)), "!") << command;
  for (const int family : {0x10, 0x13, 0x1f, 0x20, 0x30, 0x41, 0xf1, 0x03})
    EXPECT_EQ(read(v2(0x21, family, v4_body).substr(0, 14)), "!") << family;
  EXPECT_EQ(read(v2(0x21, 0x11, std::string(2049, '\0')).substr(0, 16)), "!") << "longer than the bound";
  EXPECT_EQ(read(v2(0x20, 0x00, std::string(2049, '\0')).substr(0, 16)), "!");
  EXPECT_EQ(read(v2(0x21, 0x11, v4_body.substr(1)).substr(0, 16)), "!") << "shorter than its addresses";
  EXPECT_EQ(read(v2(0x21, 0x21, v4_body).substr(0, 16)), "!");
  EXPECT_EQ(read(v2(0x21, 0x31, v6_body).substr(0, 16)), "!");
}

TEST(ParseProxyHeader, RefusesTlvsThatDoNotEndWithTheHeader) {
  for (const std::string& rest : {"\x04"s, "\x04\0"s, "\x04\0\x01"s, tlv(0x04, "pad") + "\0"s, tlv(0x04, "pad").substr(0, 5),
                                  "\xea\xff\xff"s, tlv(0x20, "\x01\0\0\0"s), tlv(0x03, "\0\0\0"s), tlv(0x03, "\0\0\0\0\0"s)})
    EXPECT_EQ(read(v2(0x21, 0x11, v4_body + rest)), "!");
}

TEST(ParseProxyHeader, RefusesAChecksumThatIsNotItsOwn) {
  const std::string good = v2_with_checksum(tlv(0x04, "pad"), ssl);
  ASSERT_EQ(read(good), "192.0.2.1 secure");
  for (std::size_t i = 16; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = good;
      changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
      // A TLV's type may turn into one that is not looked at; nothing else goes unseen.
      const bool hides_checksum = i == 16 + v4_body.size() + 6;
      if (!hides_checksum) {
        ASSERT_EQ(read(changed), "!") << "byte " << i << " bit " << bit;
      }
    }
  }
}

TEST(ProxyHeaderReader, GivesTheSameWhateverThePieces) {
  const std::string after = "GET / HTTP/1.1\r\n\r\n";
  for (const Example& example : examples()) {
    const std::string bytes = example.header + after;
    const auto told = [&](const ProxyHeaderReader& reader) {
      PeerAddress::Text buffer;
      const ProxiedConnection& connection = reader.connection();
      return (connection.source ? std::string(connection.source->text(buffer)) : "-") + (connection.secure ? " secure" : "");
    };
    // In two pieces, split at every byte.
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      ProxyHeaderReader reader;
      std::string_view first = std::string_view(bytes).substr(0, cut);
      std::string_view second = std::string_view(bytes).substr(cut);
      Status status = reader.read(first);
      if (status == Status::need_more) {
        ASSERT_LT(cut, example.header.size());
        ASSERT_TRUE(first.empty());
        status = reader.read(second);
      }
      ASSERT_EQ(status, Status::complete) << cut;
      ASSERT_EQ(std::string(first) + std::string(second), after) << cut;
      ASSERT_EQ(told(reader), example.told) << cut;
    }
    // Byte by byte.
    ProxyHeaderReader reader;
    for (std::size_t i = 0; i < example.header.size(); ++i) {
      std::string_view one = std::string_view(bytes).substr(i, 1);
      ASSERT_EQ(reader.read(one), i + 1 < example.header.size() ? Status::need_more : Status::complete) << i;
      ASSERT_TRUE(one.empty());
    }
    ASSERT_EQ(told(reader), example.told);
  }
}

/// Good headers with bytes changed, cut out and put in: whole and byte by byte they come to the same end, and never wait for
/// more than a header may have.
TEST(ProxyHeaderReader, ComesToTheSameEndWithBrokenHeaders) {
  std::mt19937 random(20240229);
  const std::vector<Example> seeds = examples();
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = seeds[random() % seeds.size()].header;
    for (unsigned changes = 1 + random() % 3; changes > 0; --changes) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8); break;
        case 2: bytes.erase(at, 1 + random() % 4); break;
        default: bytes.insert(at, 1 + random() % 4, static_cast<char>(random())); break;
      }
      if (bytes.empty()) bytes = "\r";
    }
    const ProxyHeaderResult whole = parse_proxy_header(bytes);
    ProxyHeaderReader reader;
    Status status = Status::need_more;
    std::size_t taken = 0;
    while (taken < bytes.size() && status == Status::need_more) {
      std::string_view one = std::string_view(bytes).substr(taken++, 1);
      status = reader.read(one);
    }
    ASSERT_EQ(status, whole.status) << "round " << round;
    if (status == Status::malformed) {
      ++refused;
    } else if (status == Status::complete) {
      ASSERT_EQ(taken, whole.size);
    } else {
      ASSERT_LT(bytes.size(), max_proxy_header_bytes);
    }
  }
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace signaling::net
