#include <auth_jwt/claims.hpp>

#include <gtest/gtest.h>

namespace signaling::auth_jwt {
namespace {

constexpr std::int64_t now = 1'700'000'000'000;

Claims claims_of(std::string_view json) { return std::get<Claims>(read_claims(json)); }
bool is_invalid(std::string_view json) {
  const auto result = read_claims(json);
  const Refusal* refusal = std::get_if<Refusal>(&result);
  return refusal != nullptr && refusal->code == Code::token_invalid;
}
std::optional<Code> code_of(std::string_view json, const ClaimRules& rules = {}) {
  const auto refusal = check_claims(claims_of(json), rules, now);
  return refusal ? std::optional(refusal->code) : std::nullopt;
}

TEST(Claims, ReadTheRegisteredOnes) {
  const Claims claims =
      claims_of(R"({"sub":"s","jti":"j","iss":"i","aud":["a","b"],"exp":1.5,"nbf":2,"iat":3,"more":{"x":[]}})");
  EXPECT_EQ(claims.subject, "s");
  EXPECT_EQ(claims.id, "j");
  EXPECT_EQ(claims.issuer, "i");
  EXPECT_EQ(claims.audience, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(claims.expires_ms, 1500);
  EXPECT_EQ(claims.not_before_ms, 2000);
  EXPECT_EQ(claims.issued_ms, 3000);
  EXPECT_EQ(claims_of(R"({"aud":"a"})").audience, std::vector<std::string>{"a"});
  EXPECT_FALSE(claims_of("{}").subject);
}

TEST(Claims, OfTheWrongTypeAreAMistakeAndNoAbsence) {
  for (const char* json :
       {R"({"exp":"1"})", R"({"exp":null})", R"({"exp":1e300})", R"({"exp":true})", R"({"nbf":[]})", R"({"iat":{}})",
        R"({"sub":1})", R"({"jti":null})", R"({"iss":["a"]})", R"({"aud":1})", R"({"aud":["a",1]})", R"({"aud":{}})"}) {
    EXPECT_TRUE(is_invalid(json)) << json;
  }
}

TEST(Claims, AreOneObjectInStrictJson) {
  for (const char* json : {"", "[]", "1", "\"a\"", "{", "{} x", "{'a':1}", R"({"a":1,})", R"({"exp":1,"exp":2})",
                           R"({"exp":1,"\u0065xp":2})", "{\"a\":\"\xFF\"}", R"({"a":01})", "{\"a\":\"\n\"}", R"([{"a":1}])",
                           R"({"a":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]})"}) {
    EXPECT_TRUE(is_invalid(json)) << json;
  }
}

TEST(ClaimRules, KeepTheTimesWithLeewayToTheMillisecond) {
  ClaimRules rules;
  EXPECT_EQ(code_of(R"({"exp":1700000000.001})"), std::nullopt);
  EXPECT_EQ(code_of(R"({"exp":1700000000})"), Code::token_expired);  // RFC 7519 §4.1.4: on or after
  EXPECT_EQ(code_of(R"({"exp":1800000000,"nbf":1700000000})"), std::nullopt);
  EXPECT_EQ(code_of(R"({"exp":1800000000,"nbf":1700000001})"), Code::token_not_yet_valid);
  EXPECT_EQ(code_of(R"({"exp":1800000000,"iat":1700000001})"), Code::token_not_yet_valid);
  rules.leeway_ms = 5'000;
  EXPECT_EQ(code_of(R"({"exp":1699999996})", rules), std::nullopt);
  EXPECT_EQ(code_of(R"({"exp":1699999995})", rules), Code::token_expired);
  EXPECT_EQ(code_of(R"({"exp":1800000000,"nbf":1700000005})", rules), std::nullopt);
  EXPECT_EQ(code_of(R"({"exp":1800000000,"nbf":1700000006})", rules), Code::token_not_yet_valid);
  EXPECT_EQ(code_of(R"({"exp":1800000000,"iat":1700000006})", rules), Code::token_not_yet_valid);
}

TEST(ClaimRules, WantAnExpiryUnlessToldOtherwise) {
  EXPECT_EQ(code_of("{}"), Code::token_invalid);
  EXPECT_EQ(code_of("{}", {.needs_expiry = false}), std::nullopt);
  EXPECT_EQ(code_of(R"({"exp":1})", {.needs_expiry = false}), Code::token_expired);
  EXPECT_EQ(code_of(R"({"exp":-1e11})"), Code::token_expired);
}

TEST(ClaimRules, WantOneOfTheIssuers) {
  const ClaimRules rules{.needs_expiry = false, .issuers = {"a", "b"}};
  EXPECT_EQ(code_of(R"({"iss":"b"})", rules), std::nullopt);
  EXPECT_EQ(code_of(R"({"iss":"B"})", rules), Code::token_invalid);
  EXPECT_EQ(code_of("{}", rules), Code::token_invalid);
}

TEST(ClaimRules, WantToBeAmongTheAudience) {
  const ClaimRules rules{.needs_expiry = false, .audiences = {"us", "them"}};
  EXPECT_EQ(code_of(R"({"aud":"us"})", rules), std::nullopt);
  EXPECT_EQ(code_of(R"({"aud":["x","them"]})", rules), std::nullopt);
  EXPECT_EQ(code_of(R"({"aud":["x"]})", rules), Code::token_invalid);
  EXPECT_EQ(code_of(R"({"aud":[]})", rules), Code::token_invalid);
  EXPECT_EQ(code_of("{}", rules), Code::token_invalid);
  // Who has no name is in no audience (RFC 7519 §4.1.3).
  EXPECT_EQ(code_of(R"({"aud":"us"})", {.needs_expiry = false}), Code::token_invalid);
  EXPECT_EQ(code_of(R"({"aud":[]})", {.needs_expiry = false}), Code::token_invalid);
}

TEST(RequiredClaims, AreThereOrHaveTheirValue) {
  const auto allows = [](std::string_view json, std::string_view required) {
    const auto refusal = check_required(claims_of(json), {RequiredClaim::parse(required)});
    EXPECT_TRUE(!refusal || refusal->code == Code::not_allowed);
    return !refusal;
  };
  EXPECT_TRUE(allows(R"({"role":false})", "role"));
  EXPECT_FALSE(allows(R"({"role":null})", "role"));
  EXPECT_FALSE(allows("{}", "role"));
  EXPECT_TRUE(allows(R"({"role":"admin"})", "role=admin"));
  EXPECT_TRUE(allows(R"({"role":["user","admin"]})", "role=admin"));
  EXPECT_FALSE(allows(R"({"role":["user"]})", "role=admin"));
  EXPECT_FALSE(allows(R"({"role":"adminx"})", "role=admin"));
  EXPECT_FALSE(allows(R"({"role":{"admin":1}})", "role=admin"));
  EXPECT_TRUE(allows(R"({"role":""})", "role="));
  EXPECT_TRUE(allows(R"({"role":"a=b"})", "role=a=b"));
}

}  // namespace
}  // namespace signaling::auth_jwt
