// Connections that come through a trusted proxy: the PROXY protocol, and headers of requests. 127.0.0.1 is the proxy.

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/raw_client.hpp"
#include "test_service.hpp"

namespace signaling::net::test {
namespace {

using namespace std::string_literals;
using base::Milliseconds;
using signaling::test::eventually;
using signaling::test::RawClient;

const std::string v1 = "PROXY TCP4 192.0.2.1 198.51.100.1 51234 443\r\n";
const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string v2_local = signature + "\x20\0\0\0"s;
/// From 2001:db8::1, over TLS.
const std::string v2_secure = signature + "\x21\x21\0\x2c"s + "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01"s +
                              std::string(16, '\x02') + "\x10\x01\x01\xbb"s + "\x20\0\x05\x01\0\0\0\0"s;

ServerOptions proxied(std::string_view trusted, bool protocol, ProxyHeaderField header = ProxyHeaderField::none) {
  ServerOptions options = quick_options();
  options.endpoints[0].behind_proxy = true;
  EXPECT_EQ(options.proxy.trusted.add(trusted), "");
  options.proxy.protocol = protocol;
  options.proxy.header = header;
  return options;
}

std::string for_client(const std::string& address) { return "X-Forwarded-For: " + address + "\r\n"; }

TEST(ProxyProtocol, TellsTheClientsAddressForAllRequestsOfTheConnection) {
  TestServer server(proxied("127.0.0.1", true));
  RawClient first(server.port());
  first.send(v1 + "GET /address HTTP/1.1\r\nHost: x\r\n\r\n");  // in one segment with the request
  EXPECT_EQ(first.read_answer().body, "192.0.2.1 plain");
  EXPECT_EQ(first.get("/address").body, "192.0.2.1 plain");
  EXPECT_EQ(first.get("/address", for_client("6.6.6.6")).body, "192.0.2.1 plain") << "no header was chosen";
  RawClient second(server.port());
  second.send(v2_secure);
  EXPECT_EQ(second.get("/address").body, "2001:db8::1 secure");
  RawClient third(server.port());
  third.send(v2_local);
  EXPECT_EQ(third.get("/address").body, "127.0.0.1 plain");
  EXPECT_EQ(server.bad(BadRequest::proxy_header), 0u);
}

TEST(ProxyProtocol, ReadsTheHeaderByteByByte) {
  TestServer server(proxied("127.0.0.1", true));
  for (const std::string& header : {v1, v2_secure}) {
    RawClient client(server.port());
    for (const char byte : header) client.send({&byte, 1});
    EXPECT_EQ(client.get("/address").status, 200u);
  }
}

TEST(ProxyProtocol, ClosesWhereATrustedProxySendsNone) {
  TestServer server(proxied("127.0.0.1", true));
  for (const std::string& bytes : {"GET /address HTTP/1.1\r\nHost: x\r\n\r\n"s, "\x16\x03\x01\x02"s, "PROXY TCP9 1 2 3 4\r\n"s,
                                   signature + "\x21\x11\xff\xff"s}) {
    RawClient client(server.port());
    client.send(bytes);
    EXPECT_EQ(client.read_to_end(), "") << "and answers nothing";
  }
  EXPECT_EQ(server.bad(BadRequest::proxy_header), 4u);
  EXPECT_EQ(server.server.counters(0).requests.value(), 0u);
}

TEST(ProxyProtocol, DoesNotWaitForItForLong) {
  TestServer server(proxied("127.0.0.1", true));
  RawClient silent(server.port());
  RawClient slow(server.port());
  slow.send(v1.substr(0, 20));
  EXPECT_TRUE(silent.ends_within(Milliseconds(2000)));
  EXPECT_TRUE(slow.ends_within(Milliseconds(2000)));
  EXPECT_EQ(server.limit(Limit::header_time), 2u);
  RawClient gone(server.port());
  gone.shutdown_write();  // a health check that only connects
  EXPECT_TRUE(gone.ends_within(Milliseconds(2000)));
  EXPECT_EQ(server.bad(BadRequest::proxy_header), 0u);
}

TEST(ProxyProtocol, IsRefusedAtOnceFromOthers) {
  ServerOptions options = proxied("10.0.0.0/8", true);
  options.http.header_timeout = Milliseconds(30'000);
  TestServer server(options);
  std::uint64_t refused = 0;
  for (const std::string& header : {v1, v1.substr(0, 12), v2_secure, v2_local, signature.substr(0, 7)}) {
    RawClient client(server.port());
    client.send(header);  // no request follows that could end the wait
    EXPECT_EQ(client.read_answer().status, 400u);
    EXPECT_EQ(server.bad(BadRequest::untrusted_proxy), ++refused);
  }
  EXPECT_EQ(RawClient(server.port()).get("/address", for_client("6.6.6.6")).body, "127.0.0.1 plain");
}

TEST(ProxyProtocol, IsRefusedFromTrustedProxiesToWhereItIsOff) {
  TestServer server(proxied("127.0.0.1", false, ProxyHeaderField::x_forwarded_for));
  RawClient client(server.port());
  client.send(v1 + "GET /address HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 400u);
  EXPECT_EQ(server.bad(BadRequest::untrusted_proxy), 1u);
}

TEST(ProxyProtocol, IsNotForListenersThatAreNotBehindAProxy) {
  ServerOptions options = proxied("127.0.0.1", true, ProxyHeaderField::x_forwarded_for);
  options.endpoints[0].behind_proxy = false;
  TestServer server(options);
  EXPECT_EQ(RawClient(server.port()).get("/address", for_client("6.6.6.6")).body, "127.0.0.1 plain");
}

TEST(ProxyProtocol, CountsConnectionsForTheClientAndNotForTheProxy) {
  ServerOptions options = proxied("127.0.0.1", true);
  options.max_connections_per_address = 2;
  TestServer server(options);
  const auto open = [&](const std::string& client) {
    auto connection = std::make_unique<RawClient>(server.port());
    connection->send("PROXY TCP4 " + client + " 198.51.100.1 1 2\r\n");
    return connection;
  };
  const auto a = open("192.0.2.1");
  const auto b = open("192.0.2.1");
  EXPECT_EQ(a->get("/address").body, "192.0.2.1 plain");
  EXPECT_EQ(b->open_websocket("/ws").status, 101u);
  EXPECT_TRUE(open("192.0.2.1")->ends_within(Milliseconds(2000)));
  EXPECT_EQ(server.limit(Limit::connections_per_address), 1u);
  EXPECT_EQ(open("192.0.2.2")->get("/address").status, 200u);
  // An address that is told is counted, be it a trusted one; the proxy's own connections are not.
  const auto c = open("127.0.0.1");
  const auto d = open("127.0.0.1");
  EXPECT_EQ(c->get("/address").status, 200u);
  EXPECT_EQ(d->get("/address").status, 200u);
  EXPECT_TRUE(open("127.0.0.1")->ends_within(Milliseconds(2000)));
  std::vector<std::unique_ptr<RawClient>> own;
  for (int i = 0; i < 5; ++i) {
    own.push_back(std::make_unique<RawClient>(server.port()));
    own.back()->send(v2_local);
    EXPECT_EQ(own.back()->get("/address").body, "127.0.0.1 plain");
  }
  own.clear();
  c->close();
  d->close();
  a->close();
  ASSERT_TRUE(eventually([&] { return server.server.connection_count() == 1; })) << "b alone";
  EXPECT_EQ(open("192.0.2.1")->get("/address").status, 200u);
}

TEST(ProxyHeader, TellsTheClientOfEachRequest) {
  TestServer server(proxied("127.0.0.1", false, ProxyHeaderField::x_forwarded_for));
  RawClient client(server.port());
  EXPECT_EQ(client.get("/address", for_client("192.0.2.1")).body, "192.0.2.1 plain");
  EXPECT_EQ(client.get("/address", for_client("6.6.6.6, 192.0.2.2")).body, "192.0.2.2 plain");
  EXPECT_EQ(client.get("/address", for_client("2001:db8::1, 127.0.0.1") + "X-Forwarded-Proto: https\r\n").body,
            "2001:db8::1 secure");
  EXPECT_EQ(client.get("/address").body, "127.0.0.1 plain") << "the request before is forgotten";
}

TEST(ProxyHeader, IsBelievedOnlyFromATrustedClientOfTheProxyProtocol) {
  ServerOptions options = proxied("127.0.0.1", true, ProxyHeaderField::x_forwarded_for);
  options.proxy.trusted.add("10.0.0.0/8");
  TestServer server(options);
  RawClient direct(server.port());
  direct.send(v1);
  EXPECT_EQ(direct.get("/address", for_client("6.6.6.6") + "X-Forwarded-Proto: https\r\n").body, "192.0.2.1 plain");
  RawClient through_another(server.port());
  through_another.send("PROXY TCP4 10.0.0.7 198.51.100.1 1 2\r\n");
  EXPECT_EQ(through_another.get("/address", for_client("192.0.2.9")).body, "192.0.2.9 plain");
  EXPECT_EQ(through_another.get("/address").body, "10.0.0.7 plain");
}

TEST(ProxyHeader, CountsAConnectionForTheClientOfItsLatestRequest) {
  ServerOptions options = proxied("127.0.0.1", false, ProxyHeaderField::x_forwarded_for);
  options.max_connections_per_address = 1;
  TestServer server(options);
  RawClient a(server.port());
  RawClient b(server.port());
  EXPECT_EQ(a.get("/hello", for_client("192.0.2.1")).status, 200u);
  EXPECT_EQ(a.get("/hello", for_client("192.0.2.1")).status, 200u);
  const auto refused = b.get("/hello", for_client("192.0.2.1"));
  EXPECT_EQ(refused.status, 429u);
  EXPECT_EQ(refused.header("Connection"), "close");
  EXPECT_TRUE(b.ends_within(Milliseconds(2000)));
  EXPECT_EQ(server.limit(Limit::connections_per_address), 1u);
  EXPECT_EQ(a.get("/hello", for_client("192.0.2.2")).status, 200u) << "now it is another's";
  RawClient c(server.port());
  EXPECT_EQ(c.get("/hello", for_client("192.0.2.1")).status, 200u);
  EXPECT_EQ(a.get("/hello").status, 200u) << "and now the proxy's own";
  RawClient own(server.port());
  EXPECT_EQ(own.get("/hello").status, 200u) << "of which there may be more";
  EXPECT_EQ(RawClient(server.port()).get("/hello", for_client("192.0.2.2")).status, 200u);
  // Addresses of one /64 are one subscriber's.
  EXPECT_EQ(a.get("/hello", for_client("2001:db8::1")).status, 200u);
  EXPECT_EQ(a.get("/hello", for_client("2001:db8::2")).status, 200u);
  EXPECT_EQ(RawClient(server.port()).get("/hello", for_client("2001:db8::3")).status, 429u);
}

TEST(ProxyHeader, CountsNobodyForAnotherProxyBehindTheFirst) {
  ServerOptions options = proxied("127.0.0.1", true, ProxyHeaderField::x_forwarded_for);
  options.proxy.trusted.add("10.0.0.0/8");
  options.max_connections_per_address = 1;
  TestServer server(options);
  const auto open = [&] {
    auto connection = std::make_unique<RawClient>(server.port());
    connection->send("PROXY TCP4 10.0.0.7 198.51.100.1 1 2\r\n");
    return connection;
  };
  const auto a = open();
  const auto b = open();
  EXPECT_EQ(a->get("/address").body, "10.0.0.7 plain");
  EXPECT_EQ(b->get("/address").body, "10.0.0.7 plain");
  EXPECT_EQ(a->get("/address", for_client("192.0.2.1")).body, "192.0.2.1 plain");
  EXPECT_EQ(b->get("/address", for_client("192.0.2.1")).status, 429u);
  EXPECT_EQ(open()->get("/address", for_client("10.0.0.9")).body, "10.0.0.9 plain") << "told, so that it is a client";
}

TEST(ProxyHeader, CountsAWebSocketForItsClientUntilItEnds) {
  ServerOptions options = proxied("127.0.0.1", false, ProxyHeaderField::x_forwarded_for);
  options.max_connections_per_address = 1;
  TestServer server(options);
  RawClient socket(server.port());
  EXPECT_EQ(socket.open_websocket("/ws", for_client("192.0.2.1")).status, 101u);
  EXPECT_EQ(RawClient(server.port()).get("/hello", for_client("192.0.2.1")).status, 429u);
  socket.close();
  EXPECT_TRUE(eventually([&] { return RawClient(server.port()).get("/hello", for_client("192.0.2.1")).status == 200; }));
}

TEST(ProxyHeader, StaysWithAConnectionThatMovesToAnotherLoop) {
  struct Router final : ConnectionRouter {
    std::uint32_t loop_for(const engine::HttpRequest& request, std::uint32_t current) const override {
      return request.query.empty() ? current : request.query == "1" ? 1 : 0;
    }
  };
  const Router router;
  for (const bool protocol : {false, true}) {
    ServerOptions options =
        proxied("127.0.0.1", protocol, protocol ? ProxyHeaderField::none : ProxyHeaderField::x_forwarded_for);
    options.workers = 2;
    options.max_connections_per_address = 1;
    TestServer server(options, &router);
    RawClient client(server.port());
    if (protocol) client.send(v1);
    for (int i = 0; i < 10; ++i) {
      const std::string loop = std::to_string(i % 2);
      const std::string header = protocol ? "" : for_client("192.0.2." + std::to_string(i));
      const std::string address = protocol ? "192.0.2.1" : "192.0.2." + std::to_string(i);
      ASSERT_EQ(client.get("/address?" + loop, header).body, address + " plain");
      ASSERT_EQ(client.get("/loop?" + loop, header).body, loop);
    }
    client.close();
    EXPECT_TRUE(eventually([&] { return server.server.connection_count() == 0; }));
  }
}

}  // namespace
}  // namespace signaling::net::test
