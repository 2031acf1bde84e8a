#include <rate_limit/bucket_key.hpp>

#include <gtest/gtest.h>

namespace signaling::rate_limit {
namespace {

TEST(AddressKey, GoesByThePrefix) {
  const AddressPrefix prefix{32, 64};
  const auto key = [&](std::string_view address) { return key_of_address(address, prefix); };
  EXPECT_EQ(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
  EXPECT_NE(key("192.0.2.1"), key("192.0.2.2"));
  EXPECT_EQ(key("fe80::1%eth0"), key("fe80::1"));
  EXPECT_EQ(key("::ffff:192.0.2.1"), key("192.0.2.1")) << "IPv4 in IPv6";
  EXPECT_NE(key("::1"), key("2001:db8::1"));
}

TEST(AddressKey, TakesAnyNumberOfBits) {
  EXPECT_EQ(key_of_address("192.0.2.1", {24, 64}), key_of_address("192.0.2.200", {24, 64}));
  EXPECT_NE(key_of_address("192.0.2.1", {24, 64}), key_of_address("192.0.3.1", {24, 64}));
  EXPECT_EQ(key_of_address("::ffff:192.0.2.1", {24, 64}), key_of_address("192.0.2.7", {24, 64}));
  EXPECT_EQ(key_of_address("2001:db8:1::", {32, 32}), key_of_address("2001:db8:2::", {32, 32}));
  EXPECT_NE(key_of_address("2001:db8::1", {32, 128}), key_of_address("2001:db8::2", {32, 128}));
  EXPECT_EQ(key_of_address("2001:db8::1:1", {32, 112}), key_of_address("2001:db8::1:2", {32, 112}));
}

TEST(AddressKey, HasOneForWhatIsNoAddress) {
  const std::string_view texts[] = {"", "unix:", "1.2.3", "2001:db8:::1",
                                    "a text that is longer than any address could ever be, with or without a zone"};
  for (const std::string_view text : texts) EXPECT_EQ(key_of_address(text, {}), key_of_address(text, {}));
  EXPECT_NE(key_of_address("unix:", {}), key_of_address("1.2.3", {}));
}

TEST(IdentityKey, IsADigestOfTheClaim) {
  const auto key = key_of_identity(R"({"sub":"alice","n":7})", "sub");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->text(), "2bd806c97f0e00af1a1fc3328fa763a9") << "printf alice | sha256sum | cut -c1-32";
  EXPECT_EQ(key, key_of_identity(R"({"sub":"\u0061lice"})", "sub")) << "however it is written";
  EXPECT_NE(key, key_of_identity(R"({"sub":"bob"})", "sub"));
  EXPECT_TRUE(key_of_identity(R"({"sub":"alice","n":7})", "n"));
}

TEST(IdentityKey, NeedsAStringOrANumber) {
  for (const std::string_view claims :
       {"", "{}", R"({"sub":null})", R"({"sub":["alice"]})", R"({"sub":{}})", R"({"sub":true})"}) {
    EXPECT_FALSE(key_of_identity(claims, "sub")) << claims;
  }
}

}  // namespace
}  // namespace signaling::rate_limit
