#include <gtest/gtest.h>

#include <signaling/net/address_set.hpp>

namespace signaling::net {
namespace {

PeerAddress address(std::string_view text) { return PeerAddress::parse(text).value(); }

AddressSet set_of(std::initializer_list<std::string_view> networks) {
  AddressSet set;
  for (const std::string_view network : networks) EXPECT_EQ(set.add(network), "") << network;
  return set;
}

TEST(PeerAddress, IsParsedFromNumericText) {
  PeerAddress::Text buffer;
  EXPECT_EQ(address("192.0.2.7").text(buffer), "192.0.2.7");
  EXPECT_EQ(address("2001:DB8:0::1").text(buffer), "2001:db8::1");
  EXPECT_EQ(address("::ffff:192.0.2.7"), address("192.0.2.7"));
  for (const std::string_view text :
       {"", "192.0.2", "192.0.2.256", "192.0.2.7:80", "[::1]", "fe80::1%eth0", "localhost", "1", "0x7f.0.0.1", "127.0.0.01",
        " 127.0.0.1", "1:2:3:4:5:6:7:8:9", "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111"})
    EXPECT_FALSE(PeerAddress::parse(text)) << text;
  EXPECT_FALSE(PeerAddress::parse(std::string_view("1.2.3.4\0x", 9)));
}

TEST(AddressSet, IsEmptyAtFirst) {
  const AddressSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_FALSE(set.contains(address("127.0.0.1")));
  EXPECT_FALSE(set.contains(PeerAddress()));
}

TEST(AddressSet, HoldsSingleAddresses) {
  const AddressSet set = set_of({"192.0.2.7", "2001:db8::1"});
  EXPECT_TRUE(set.contains(address("192.0.2.7")));
  EXPECT_FALSE(set.contains(address("192.0.2.6")));
  EXPECT_TRUE(set.contains(address("2001:db8::1")));
  EXPECT_FALSE(set.contains(address("2001:db8::2")));
}

TEST(AddressSet, HoldsNetworksOfEveryLength) {
  for (unsigned bits = 0; bits <= 32; ++bits) {
    const std::uint32_t base = bits == 0 ? 0 : 0xAAAAAAAAu & (0xFFFFFFFFu << (32 - bits));
    const auto text = [](std::uint32_t a) {
      return std::to_string(a >> 24) + "." + std::to_string(a >> 16 & 255) + "." + std::to_string(a >> 8 & 255) + "." +
             std::to_string(a & 255);
    };
    AddressSet set;
    ASSERT_EQ(set.add(text(base) + "/" + std::to_string(bits)), "");
    const std::uint32_t last = base | (bits == 32 ? 0 : 0xFFFFFFFFu >> bits);
    EXPECT_TRUE(set.contains(address(text(base)))) << bits;
    EXPECT_TRUE(set.contains(address(text(last)))) << bits;
    if (bits == 0) continue;
    EXPECT_FALSE(set.contains(address(text(base - 1)))) << bits;
    EXPECT_FALSE(set.contains(address(text(last + 1)))) << bits;
  }
  const AddressSet v6 = set_of({"2001:db8::/33"});
  EXPECT_TRUE(v6.contains(address("2001:db8:7fff:ffff::1")));
  EXPECT_FALSE(v6.contains(address("2001:db8:8000::")));
  EXPECT_TRUE(set_of({"::/0"}).contains(address("2001:db8::1")));
}

TEST(AddressSet, TakesAMappedAddressForTheIpv4AddressThatItIs) {
  EXPECT_TRUE(set_of({"10.0.0.0/8"}).contains(address("::ffff:10.1.2.3")));
  const AddressSet mapped = set_of({"::ffff:10.0.0.0/104"});
  EXPECT_TRUE(mapped.contains(address("10.1.2.3")));
  EXPECT_FALSE(mapped.contains(address("11.0.0.0")));
}

TEST(AddressSet, KeepsIpv4AndIpv6Apart) {
  EXPECT_FALSE(set_of({"::/0"}).contains(address("192.0.2.7")));
  EXPECT_FALSE(set_of({"0.0.0.0/0"}).contains(address("2001:db8::1")));
  EXPECT_TRUE(set_of({"0.0.0.0/0"}).contains(address("192.0.2.7")));
}

TEST(AddressSet, SaysWhatIsWrong) {
  AddressSet set;
  const std::string no_address = "is no address or network, allowed: such as 192.0.2.7, 10.0.0.0/8, 2001:db8::1 or fd00::/8";
  for (const std::string_view text : {"", "/8", "haproxy", "10.0.0/8", "10.0.0.0 /8", "[::1]"})
    EXPECT_EQ(set.add(text), no_address) << text;
  for (const std::string_view text : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8 ", "10.0.0.0/08", "10.0.0.0/+8",
                                      "10.0.0.0/255.0.0.0", "10.0.0.0/8/8", "10.0.0.0/99999999999"})
    EXPECT_EQ(set.add(text), "has a prefix that is no number from 0 to 32") << text;
  EXPECT_EQ(set.add("fd00::/129"), "has a prefix that is no number from 0 to 128");
  EXPECT_EQ(set.add("10.1.0.0/8"), "has bits beyond its prefix, allowed: 10.0.0.0/8, or the one address 10.1.0.0");
  EXPECT_EQ(set.add("fd00::1/8"), "has bits beyond its prefix, allowed: fd00::/8, or the one address fd00::1");
  EXPECT_EQ(set.add("::ffff:10.1.0.0/104"),
            "has bits beyond its prefix, allowed: 10.0.0.0/8, or the one address ::ffff:10.1.0.0");
  EXPECT_TRUE(set.empty());
}

}  // namespace
}  // namespace signaling::net
