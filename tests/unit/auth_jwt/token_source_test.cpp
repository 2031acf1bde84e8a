#include <auth_jwt/token_source.hpp>

#include <gtest/gtest.h>

#include <signaling/test_kit/fake_handshake.hpp>

namespace signaling::auth_jwt {
namespace {

using testing::FakeHandshake;

Options options_of(std::vector<Source> sources) {
  Options options{};
  options.sources = std::move(sources);
  options.auth_key = "token";
  options.cookie_name = "token";
  options.query_parameter = "token";
  return options;
}

TEST(TokenSource, LooksInItsPlacesAlone) {
  FakeHandshake handshake;
  handshake.auth_json = R"({"token":"of \u0061uth"})";
  handshake.headers = {{"authorization", "Bearer of-header"}, {"cookie", "a=b; token=of-cookie"}};
  handshake.parameters = {{"token", "of-query"}};
  EXPECT_EQ(find_token(handshake, options_of({Source::auth})), "of auth");
  EXPECT_EQ(find_token(handshake, options_of({Source::header})), "of-header");
  EXPECT_EQ(find_token(handshake, options_of({Source::cookie})), "of-cookie");
  EXPECT_EQ(find_token(handshake, options_of({Source::query})), "of-query");
  EXPECT_EQ(find_token(handshake, options_of({Source::cookie, Source::auth})), "of-cookie");
  handshake.headers.clear();
  EXPECT_EQ(find_token(handshake, options_of({Source::cookie, Source::header, Source::auth})), "of auth");
  handshake.auth_json = R"({"token":"","other":1})";
  EXPECT_EQ(find_token(handshake, options_of({Source::auth, Source::header, Source::cookie})), "");
}

TEST(TokenSource, TakesSomethingElseThanTextForABadTokenNotForNone) {
  FakeHandshake handshake;
  for (const char* auth : {R"({"token":1})", R"({"token":{}})", R"({"token":["a"]})", R"({"token":true})"}) {
    handshake.auth_json = auth;
    EXPECT_FALSE(find_token(handshake, options_of({Source::auth})).empty()) << auth;
  }
  handshake.auth_json = R"({"token":null})";
  EXPECT_TRUE(find_token(handshake, options_of({Source::auth})).empty());
}

TEST(TokenSource, ReadsTokensOfEvents) {
  EXPECT_EQ(token_of(R"("t")", "token"), "t");
  EXPECT_EQ(token_of(R"({"token":"t"})", "token"), "t");
  EXPECT_EQ(token_of(R"({"other":"t"})", "token"), "");
  EXPECT_EQ(token_of("null", "token"), "");
}

TEST(Cookie, IsFoundByItsWholeName) {
  EXPECT_EQ(find_cookie("token=a", "token"), "a");
  EXPECT_EQ(find_cookie("x=1;token=a;y=2", "token"), "a");
  EXPECT_EQ(find_cookie("  token=\"a\" ; y", "token"), "a");
  EXPECT_EQ(find_cookie("mytoken=a; token2=b; token", "token"), "");
  EXPECT_EQ(find_cookie("", "token"), "");
  EXPECT_EQ(find_cookie("; ;;=;", "token"), "");
}

TEST(BearerToken, IsOfThatSchemeAlone) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bEARER   abc"), "abc");
  for (const char* header : {"", "Bearer", "Bearer ", "Basic abc", "abc", "Bearerabc"})
    EXPECT_EQ(bearer_token(header), "") << header;
}

}  // namespace
}  // namespace signaling::auth_jwt
