#include "forwarded_client.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace signaling::net {
namespace {

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

/// Proxies are those of 10.0.0.0/8 and fd00::/8; the request came from 10.0.0.1.
class ForwardedClientTest : public ::testing::Test {
 protected:
  ForwardedClientTest() {
    options_.trusted.add("10.0.0.0/8");
    options_.trusted.add("fd00::/8");
    options_.header = ProxyHeaderField::x_forwarded_for;
  }
  /// The address, and what was told of the scheme.
  std::string client(const Headers& headers) {
    engine::HttpRequest request;
    request.headers = headers;
    const ForwardedClient found = find_forwarded_client(request, options_, *PeerAddress::parse("10.0.0.1"));
    PeerAddress::Text buffer;
    std::string text(found.address.text(buffer));
    if (found.secure) text += *found.secure ? " secure" : " plain";
    return text;
  }
  std::string x_forwarded(std::string_view value) { return client({{"X-Forwarded-For", value}}); }
  std::string forwarded(std::string_view value) {
    options_.header = ProxyHeaderField::forwarded;
    return client({{"Forwarded", value}});
  }
  ProxyOptions options_;
};

TEST_F(ForwardedClientTest, IsTheProxyWhereNothingIsTold) {
  EXPECT_EQ(client({}), "10.0.0.1");
  EXPECT_EQ(x_forwarded(""), "10.0.0.1");
  EXPECT_EQ(x_forwarded(" , ,"), "10.0.0.1");
  EXPECT_EQ(client({{"Forwarded", "for=192.0.2.1"}}), "10.0.0.1") << "the header that was not chosen";
  options_.header = ProxyHeaderField::none;
  EXPECT_EQ(x_forwarded("192.0.2.1"), "10.0.0.1");
}

TEST_F(ForwardedClientTest, IsTheLastAddressThatIsNotTrusted) {
  EXPECT_EQ(x_forwarded("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(x_forwarded("192.0.2.1, 10.0.0.2"), "192.0.2.1");
  EXPECT_EQ(x_forwarded("192.0.2.1,10.0.0.3 ,\t10.0.0.2"), "192.0.2.1");
  EXPECT_EQ(x_forwarded("198.51.100.9, 192.0.2.1, 10.0.0.2"), "192.0.2.1") << "the client wrote the first one";
  EXPECT_EQ(x_forwarded("10.9.9.9, 192.0.2.1"), "192.0.2.1") << "trusted, but told by the client";
  EXPECT_EQ(x_forwarded("2001:db8::1, fd00::2, ::ffff:10.0.0.2"), "2001:db8::1");
}

TEST_F(ForwardedClientTest, IsTheFirstAddressWhereAllAreTrusted) { EXPECT_EQ(x_forwarded("10.0.0.3, 10.0.0.2"), "10.0.0.3"); }

TEST_F(ForwardedClientTest, TakesLinesOfOneNameAsOneList) {
  EXPECT_EQ(client({{"x-forwarded-for", "198.51.100.9"}, {"Accept", "*/*"}, {"X-FORWARDED-FOR", "192.0.2.1"}}), "192.0.2.1");
  EXPECT_EQ(client({{"X-Forwarded-For", "198.51.100.9, 192.0.2.1"}, {"X-Forwarded-For", "10.0.0.3"}, {"X-Forwarded-For", ""}}),
            "192.0.2.1");
}

TEST_F(ForwardedClientTest, StopsAtTheLastGoodOne) {
  for (const std::string bad : {"unknown", "_hidden", "nonsense", "192.0.2", "192.0.2.300", "192.0.2.1:x",
                                "192.0.2.1:", "192.0.2.1:70000", "[192.0.2.1]", "[::1", "::1]", "[::1]x",
                                "[::1]:", "\"192.0.2.1", "192.0.2.1\"", "192.0.2.1 192.0.2.2", "fe80::1%eth0", "\"", "\"\""}) {
    EXPECT_EQ(x_forwarded(bad), "10.0.0.1") << bad;
    EXPECT_EQ(x_forwarded("192.0.2.9, " + bad + ", 10.0.0.2"), "10.0.0.2") << bad;
    EXPECT_EQ(x_forwarded(bad + ", 192.0.2.1"), "192.0.2.1") << bad << ": nothing that the client wrote changes what follows";
  }
}

TEST_F(ForwardedClientTest, PassesOverPortsAndBrackets) {
  EXPECT_EQ(x_forwarded("192.0.2.1:51234"), "192.0.2.1");
  EXPECT_EQ(x_forwarded("[2001:db8::1]:51234"), "2001:db8::1");
  EXPECT_EQ(x_forwarded("[2001:db8::1]"), "2001:db8::1");
  EXPECT_EQ(x_forwarded("\"[2001:db8::1]:51234\""), "2001:db8::1");
}

TEST_F(ForwardedClientTest, LooksAtSoManyElementsAndNoMore) {
  const auto hops = [&](std::size_t count) {
    std::string value = "192.0.2.1";
    for (std::size_t i = 0; i < count; ++i) value += ", 10.0.1." + std::to_string(count - i);
    return x_forwarded(value);
  };
  EXPECT_EQ(hops(max_forwarded_hops - 1), "192.0.2.1");
  EXPECT_EQ(hops(max_forwarded_hops), "10.0.1." + std::to_string(max_forwarded_hops));
  EXPECT_EQ(x_forwarded("192.0.2.1" + std::string(100, ',')), "10.0.0.1") << "empty ones count";
}

TEST_F(ForwardedClientTest, TakesTheSchemeOfTheProxyNearestToUs) {
  const auto with_proto = [&](std::string_view proto) {
    return client({{"X-Forwarded-For", "192.0.2.1"}, {"X-Forwarded-Proto", proto}});
  };
  EXPECT_EQ(with_proto("https"), "192.0.2.1 secure");
  EXPECT_EQ(with_proto("HTTPS"), "192.0.2.1 secure");
  EXPECT_EQ(with_proto("wss"), "192.0.2.1 secure");
  EXPECT_EQ(with_proto("http"), "192.0.2.1 plain");
  EXPECT_EQ(with_proto("ws"), "192.0.2.1 plain");
  EXPECT_EQ(with_proto("https, http"), "192.0.2.1 plain") << "the client wrote the first one";
  EXPECT_EQ(with_proto("gopher"), "192.0.2.1");
  EXPECT_EQ(with_proto(""), "192.0.2.1");
  EXPECT_EQ(client({{"X-Forwarded-Proto", "https"}}), "10.0.0.1 secure");
}

TEST_F(ForwardedClientTest, ReadsForwarded) {
  EXPECT_EQ(forwarded("for=192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(forwarded("For=192.0.2.1;Proto=https;by=203.0.113.43"), "192.0.2.1 secure");
  EXPECT_EQ(forwarded("by=203.0.113.43; proto=http ;for=192.0.2.1"), "192.0.2.1 plain");
  EXPECT_EQ(forwarded("for=\"[2001:db8:cafe::17]:4711\""), "2001:db8:cafe::17");
  EXPECT_EQ(forwarded("for=\"192.0.2.1:_port\";proto=\"https\""), "192.0.2.1 secure");
  EXPECT_EQ(forwarded("for=\"\\192.0.2.\\1\""), "192.0.2.1") << "escapes in a quoted string";
  EXPECT_EQ(forwarded("for=198.51.100.9, for=192.0.2.1, for=10.0.0.2"), "192.0.2.1");
  EXPECT_EQ(forwarded("for=192.0.2.1;ext=\"a, for=6.6.6.6; for=7.7.7.7\", for=10.0.0.2"), "192.0.2.1")
      << "separators in quotes";
  EXPECT_EQ(forwarded("for=192.0.2.1;;proto=https;"), "192.0.2.1 secure");
  EXPECT_EQ(client({{"Forwarded", "for=192.0.2.1;proto=https"}, {"Forwarded", "for=\"[fd00::2]\""}}), "192.0.2.1 secure");
}

TEST_F(ForwardedClientTest, BelievesTheSchemeOnlyAsFarAsTheAddress) {
  EXPECT_EQ(forwarded("for=198.51.100.9;proto=https, for=192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(forwarded("for=198.51.100.9;proto=https, for=192.0.2.1;proto=http"), "192.0.2.1 plain");
  EXPECT_EQ(forwarded("for=192.0.2.1, for=10.0.0.2;proto=https"), "192.0.2.1 secure");
  EXPECT_EQ(forwarded("for=192.0.2.1;proto=https, for=10.0.0.2;proto=http"), "192.0.2.1 secure");
}

TEST_F(ForwardedClientTest, StopsWhereForwardedNamesNobody) {
  for (const std::string bad :
       {"for=unknown", "for=_secret", "for=\"_secret\"", "for=\"_a:80\"", "for=", "for", "proto=https;for=x", "by=192.0.2.1",
        "for=192.0.2.1;for=192.0.2.1", "for=\"192.0.2.1", "for=192.0.2.1\"", "for=\"192.0.2.1\\\"", "for=\"a\"b\"", "host=x",
        "192.0.2.1", "for = 192.0.2.1"}) {
    EXPECT_TRUE(forwarded(bad).starts_with("10.0.0.1")) << bad;
    EXPECT_TRUE(forwarded("for=192.0.2.9, " + bad + ", for=10.0.0.2").starts_with("10.0.0.2")) << bad;
    EXPECT_EQ(forwarded(bad + ", for=192.0.2.1"), "192.0.2.1") << bad << ": nothing that the client wrote changes what follows";
    EXPECT_EQ(forwarded(bad + ", for=\"[2001:db8::1]:80\""), "2001:db8::1") << bad;
  }
}

TEST_F(ForwardedClientTest, IsNotHeldUpByManyQuotes) {
  std::string quotes;
  for (int i = 0; i < 500'000; ++i) quotes += "\\\"";
  EXPECT_EQ(forwarded(quotes + "\""), "10.0.0.1");
  EXPECT_EQ(x_forwarded(quotes), "10.0.0.1");
}

}  // namespace
}  // namespace signaling::net
