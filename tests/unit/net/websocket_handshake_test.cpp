#include "websocket_handshake.hpp"

#include <gtest/gtest.h>

namespace signaling::net {
namespace {

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

engine::HttpRequest handshake() {
  engine::HttpRequest request;
  request.method = "GET";
  request.headers = {{"Host", "h"},
                     {"Upgrade", "websocket"},
                     {"Connection", "Upgrade"},
                     {"Sec-WebSocket-Version", "13"},
                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  return request;
}

TEST(CheckUpgrade, AcceptsWhatBrowsersSend) {
  engine::HttpRequest request = handshake();
  EXPECT_EQ(check_upgrade(request, false), UpgradeCheck::websocket);
  request.headers[2] = {"connection", "keep-alive, upgrade"};
  request.headers[1] = {"UPGRADE", "WebSocket"};
  EXPECT_EQ(check_upgrade(request, false), UpgradeCheck::websocket);
}

TEST(CheckUpgrade, TakesRequestsWithoutBothTokensAsOrdinary) {
  for (const std::size_t gone : {1u, 2u}) {
    engine::HttpRequest request = handshake();
    request.headers.erase(request.headers.begin() + static_cast<std::ptrdiff_t>(gone));
    EXPECT_EQ(check_upgrade(request, false), UpgradeCheck::none);
  }
  engine::HttpRequest other = handshake();
  other.headers[1] = {"Upgrade", "h2c"};
  EXPECT_EQ(check_upgrade(other, false), UpgradeCheck::none);
  EXPECT_EQ(check_upgrade(handshake(), true), UpgradeCheck::none) << "HTTP/1.0 has no upgrade";
}

TEST(CheckUpgrade, RefusesOtherVersionsAndKeys) {
  for (const std::string_view version : {"8", "", "13, 8", "013"}) {
    engine::HttpRequest request = handshake();
    request.headers[3].second = version;
    EXPECT_EQ(check_upgrade(request, false), UpgradeCheck::unsupported_version) << version;
  }
  for (const std::string_view key : {"", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25jZQ==a",
                                     "dGhlIHNhbXBsZSBub2-jZQ==", "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ=="}) {
    engine::HttpRequest request = handshake();
    request.headers[4].second = key;
    EXPECT_EQ(check_upgrade(request, false), UpgradeCheck::bad_request) << key;
  }
  engine::HttpRequest post = handshake();
  post.method = "POST";
  EXPECT_EQ(check_upgrade(post, false), UpgradeCheck::bad_request);
  engine::HttpRequest with_body = handshake();
  with_body.body = "GET ";
  EXPECT_EQ(check_upgrade(with_body, false), UpgradeCheck::bad_request);
}

TEST(AcceptKey, IsThatOfTheRfc) { EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); }

TEST(NegotiateDeflate, JoinsSeveralHeaderLines) {
  engine::HttpRequest request = handshake();
  EXPECT_FALSE(negotiate_deflate(request).has_value());
  request.headers.emplace_back("Sec-WebSocket-Extensions", "x-webkit-deflate-frame");
  request.headers.emplace_back("sec-websocket-extensions", "permessage-deflate");
  EXPECT_TRUE(negotiate_deflate(request).has_value());
}

TEST(UpgradeAnswer, CarriesTheHeadersOfBothSources) {
  const std::string text = upgrade_answer(handshake(), std::nullopt, {{"Set-Cookie", "io=1"}}, {{"Vary", "Origin"}});
  EXPECT_EQ(text,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSet-Cookie: io=1\r\nVary: Origin\r\n\r\n");
}

}  // namespace
}  // namespace signaling::net
