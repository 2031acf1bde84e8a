#include <webrtc_signaling/ice_servers.hpp>

#include <gtest/gtest.h>

namespace signaling::webrtc_signaling {
namespace {

// Computed by: printf %s "$username" | openssl dgst -sha1 -hmac "$secret" -binary | base64
TEST(TurnCredential, IsWhatCoturnExpects) {
  EXPECT_EQ(turn_credential("north", "1700003600:abc"), "IMSPYGMI9e0aXDFcZousOwkA8N0=");
  EXPECT_EQ(turn_credential("", ""), "+9sdGxiqbAgyS31ktx+3Y3BpDh0=");
}

TEST(IceServers, AreAnEmptyListByDefault) {
  std::string out = "x";
  IceServers().append_json("id", 0, out);
  EXPECT_EQ(out, "x[]");
}

TEST(IceServers, PutCredentialsBehindTheFixedOnes) {
  const IceServers servers({{{"stun:s"}, "", ""}}, {{"turn:t", "turns:t"}, "north", 3'600});
  std::string out;
  servers.append_json("abc", 1'700'000'000, out);
  EXPECT_EQ(out, R"([{"urls":["stun:s"]},{"urls":["turn:t","turns:t"],"username":"1700003600:abc","credential":")" +
                     turn_credential("north", "1700003600:abc") + "\"}]");
}

}  // namespace
}  // namespace signaling::webrtc_signaling
