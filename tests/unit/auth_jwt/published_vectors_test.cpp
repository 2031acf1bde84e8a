// Signatures that others have published.
#include <auth_jwt/base64url.hpp>
#include <auth_jwt/jwk.hpp>
#include <auth_jwt/token.hpp>

#include <gtest/gtest.h>

namespace signaling::auth_jwt {
namespace {

AlgorithmSet all_algorithms() {
  AlgorithmSet all;
  for (std::size_t i = 0; i < algorithm_names.size(); ++i) all.add(static_cast<Algorithm>(i));
  return all;
}

Key key_of(std::string_view jwk) {
  const JwkSet set = read_jwk_set(jwk, {all_algorithms(), {}}, true);
  EXPECT_EQ(set.keys.size(), 1U) << (set.left_out.empty() ? "" : set.left_out.front());
  return set.keys.at(0)->key;
}

void expect_good(std::string_view text, std::string_view jwk, Algorithm algorithm, std::string_view claims) {
  const Key key = key_of(jwk);
  std::string_view detail;
  const std::optional<Token> token = take_apart(text, detail);
  ASSERT_TRUE(token) << detail;
  EXPECT_EQ(token->algorithm, algorithm);
  EXPECT_EQ(token->claims, claims);
  EXPECT_TRUE(key.verify(algorithm, token->signed_text, token->signature));
  // Any changed bit of the signature or of what is signed makes it wrong.
  for (const std::size_t place : {std::size_t{0}, token->signature.size() / 2, token->signature.size() - 1}) {
    std::string wrong = token->signature;
    wrong[place] = static_cast<char>(wrong[place] ^ 1);
    EXPECT_FALSE(key.verify(algorithm, token->signed_text, wrong));
  }
  std::string changed(token->signed_text);
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(key.verify(algorithm, changed, token->signature));
  // Nor is it good as anything else.
  for (std::size_t i = 0; i < algorithm_names.size(); ++i) {
    if (static_cast<Algorithm>(i) == algorithm) continue;
    EXPECT_FALSE(key.verify(static_cast<Algorithm>(i), token->signed_text, token->signature)) << algorithm_names[i];
  }
}

constexpr std::string_view joe = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

TEST(Rfc7515, A1Hs256) {
  expect_good(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
      ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
      R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})",
      Algorithm::hs256, joe);
}

TEST(Rfc7515, A2Rs256) {
  expect_good(
      "eyJhbGciOiJSUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
      ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
      "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbK"
      "BYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
      "eOkHWEsqtFZESc6Bf"
      "I7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
      R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SF)"
      R"(d2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xs)"
      R"(mtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",)"
      R"("e":"AQAB"})",
      Algorithm::rs256, joe);
}

TEST(Rfc7515, A3Es256) {
  expect_good(
      "eyJhbGciOiJFUzI1NiJ9"
      ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
      ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
      R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
      Algorithm::es256, joe);
}

TEST(Rfc8037, A4Ed25519) {
  expect_good(
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
      ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})", Algorithm::eddsa,
      "Example of Ed25519 signing");
}

// RFC 7515 A.5 and RFC 7519 §6.1: an unsecured token.
TEST(Rfc7519, UnsecuredTokensAreNoTokens) {
  std::string_view detail;
  EXPECT_FALSE(
      take_apart("eyJhbGciOiJub25lIn0"
                 ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.",
                 detail));
}

// RFC 7515 appendix E: a critical header that nobody knows.
TEST(Rfc7515, ECriticalExtensionsAreRefused) {
  std::string_view detail;
  EXPECT_FALSE(
      take_apart("eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VT"
                 "kRFRklORUQiOnRydWUN"
                 "Cn0.RkFJTA.",
                 detail));
}

}  // namespace
}  // namespace signaling::auth_jwt
