#include "connection_limiter.hpp"

#include <gtest/gtest.h>

namespace signaling::net {
namespace {

PeerAddress address(const char* text) { return PeerAddress::parse(text).value(); }

using Verdict = ConnectionLimiter::Verdict;

TEST(PeerAddress, IsNumericText) {
  PeerAddress::Text buffer;
  EXPECT_EQ(address("192.0.2.7").text(buffer), "192.0.2.7");
  EXPECT_EQ(address("2001:db8::1").text(buffer), "2001:db8::1");
  EXPECT_EQ(address("::ffff:192.0.2.7").text(buffer), "192.0.2.7") << "a dual-stack socket's IPv4 peer";
}

TEST(ConnectionLimiter, BoundsAllConnections) {
  ConnectionLimiter limiter(2, 2);
  EXPECT_EQ(limiter.acquire(address("192.0.2.1")), Verdict::accepted);
  EXPECT_EQ(limiter.acquire(address("192.0.2.2")), Verdict::accepted);
  EXPECT_EQ(limiter.acquire(address("192.0.2.3")), Verdict::too_many);
  limiter.release(address("192.0.2.1"));
  EXPECT_EQ(limiter.acquire(address("192.0.2.3")), Verdict::accepted);
  EXPECT_EQ(limiter.count(), 2u);
}

TEST(ConnectionLimiter, BoundsThoseOfOneAddress) {
  ConnectionLimiter limiter(100, 1);
  EXPECT_EQ(limiter.acquire(address("192.0.2.1")), Verdict::accepted);
  EXPECT_EQ(limiter.acquire(address("192.0.2.1")), Verdict::too_many_of_address);
  EXPECT_EQ(limiter.acquire(address("192.0.2.2")), Verdict::accepted);
  EXPECT_EQ(limiter.count(), 2u) << "what was refused is not counted";
  limiter.release(address("192.0.2.1"));
  EXPECT_EQ(limiter.acquire(address("192.0.2.1")), Verdict::accepted);
}

TEST(ConnectionLimiter, CountsAProxysConnectionForTheClientThatItTells) {
  ConnectionLimiter limiter(3, 1);
  const PeerAddress proxy = address("10.0.0.1");
  EXPECT_EQ(limiter.acquire(proxy, false), Verdict::accepted);
  EXPECT_EQ(limiter.acquire(proxy, false), Verdict::accepted) << "its own address is not counted";
  EXPECT_EQ(limiter.acquire(proxy, false), Verdict::accepted);
  EXPECT_EQ(limiter.acquire(proxy, false), Verdict::too_many) << "but the connection is";
  EXPECT_TRUE(limiter.acquire_address(address("192.0.2.1")));
  EXPECT_FALSE(limiter.acquire_address(address("192.0.2.1")));
  EXPECT_TRUE(limiter.acquire_address(address("192.0.2.2")));
  limiter.release_address(address("192.0.2.1"));  // another client's request on the same connection
  EXPECT_TRUE(limiter.acquire_address(address("192.0.2.1")));
  limiter.release(address("192.0.2.1"));
  EXPECT_TRUE(limiter.acquire_address(address("192.0.2.1")));
  limiter.release(proxy, false);
  EXPECT_EQ(limiter.count(), 1u);
}

TEST(ConnectionLimiter, CountsThoseWhoCameBeforeALimit) {
  ConnectionLimiter limiter(100, 100);
  EXPECT_EQ(limiter.acquire(address("192.0.2.1")), Verdict::accepted);
  limiter.set_limits(100, 1);
  EXPECT_EQ(limiter.acquire(address("192.0.2.1")), Verdict::too_many_of_address);
  limiter.set_limits(1, 100);
  EXPECT_EQ(limiter.acquire(address("192.0.2.2")), Verdict::too_many);
  limiter.release(address("192.0.2.1"));
  EXPECT_EQ(limiter.acquire(address("192.0.2.2")), Verdict::accepted);
}

TEST(ConnectionLimiter, TakesTheNetworkOfAnIpv6Subscriber) {
  ConnectionLimiter limiter(100, 1);
  EXPECT_EQ(limiter.acquire(address("2001:db8:0:1::1")), Verdict::accepted);
  EXPECT_EQ(limiter.acquire(address("2001:db8:0:1:ffff::2")), Verdict::too_many_of_address);
  EXPECT_EQ(limiter.acquire(address("2001:db8:0:2::1")), Verdict::accepted);
}

}  // namespace
}  // namespace signaling::net
