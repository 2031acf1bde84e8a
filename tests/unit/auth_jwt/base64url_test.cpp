#include <auth_jwt/base64url.hpp>

#include <gtest/gtest.h>

namespace signaling::auth_jwt {
namespace {

// RFC 4648 §10 without padding, and RFC 7515 appendix C.
TEST(Base64Url, ReadsAndWritesThePublishedTexts) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\x03\xEC\xFF\xE0\xC1", "A-z_4ME"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(encode_base64url(bytes), text);
    EXPECT_EQ(decode_base64url(text), bytes);
  }
}

TEST(Base64Url, RefusesEveryOtherWayToWriteTheSame) {
  for (const char* text : {"Zg==", "Zg=", "Zh", "Zm9v\n", " Zm9v", "Zm9", "A+z/4ME", "Z", "Zm9vY", "Zm\xC3\xA4v", "A-z_4MF"}) {
    EXPECT_EQ(decode_base64url(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace signaling::auth_jwt
