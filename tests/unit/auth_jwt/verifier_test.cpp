// Every way in which a token is refused, and the few in which it is not.
#include <auth_jwt/base64url.hpp>
#include <auth_jwt/jwk.hpp>
#include <auth_jwt/verifier.hpp>

#include <gtest/gtest.h>

#include "token_maker.hpp"

namespace signaling::auth_jwt {
namespace {

constexpr std::int64_t now = 1'700'000'000'000;
constexpr std::string_view good_claims = R"({"sub":"alice","exp":1700000060})";

std::shared_ptr<const TrustedKey> trust(const TokenMaker& maker, std::initializer_list<Algorithm> algorithms,
                                        std::string id = {}, std::string issuer = {}) {
  TrustedKey trusted{maker.key(), std::move(id), {}, std::move(issuer)};
  for (const Algorithm algorithm : algorithms) trusted.algorithms.add(algorithm);
  return std::make_shared<const TrustedKey>(std::move(trusted));
}

class VerifierTest : public ::testing::Test {
 protected:
  Verifier make(TrustedKeys keys, TokenRules rules = {}, std::size_t cache = 0) {
    return {std::make_shared<const KeySet>(std::move(keys)), std::move(rules), cache};
  }
  static bool accepts(Verifier& verifier, std::string_view token) {
    const Verifier::Result result = verifier.verify(token, now);
    EXPECT_TRUE(result.identity != nullptr || result.refusal.code == Code::token_invalid) << to_string(result.refusal.code);
    return result.identity != nullptr;
  }

  const TokenMaker secret = TokenMaker::secret(std::string(32, 'k'));
};

TEST_F(VerifierTest, GivesTheClaimsAsTheyCame) {
  Verifier verifier = make({trust(secret, {Algorithm::hs256})});
  const Verifier::Result result = verifier.verify(secret.sign(Algorithm::hs256, good_claims), now);
  ASSERT_NE(result.identity, nullptr) << result.refusal.detail;
  EXPECT_EQ(result.identity->json, good_claims);
  EXPECT_EQ(result.identity->claims.subject, "alice");
}

TEST_F(VerifierTest, RefusesEveryWayToSayNone) {
  Verifier verifier = make({trust(secret, {Algorithm::hs256})});
  for (const char* name : {"none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS257", "HS1", "A128KW"}) {
    const std::string header = R"({"alg":")" + std::string(name) + R"("})";
    EXPECT_FALSE(accepts(verifier, compact(header, good_claims, ""))) << name;
    EXPECT_FALSE(accepts(verifier, secret.sign_as(Algorithm::hs256, header, good_claims))) << name;
  }
  for (const char* header : {"{}", R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":"HS256","alg":"none"})",
                             R"({"alg":"none","alg":"HS256"})", "[]", "x"})
    EXPECT_FALSE(accepts(verifier, secret.sign_as(Algorithm::hs256, header, good_claims))) << header;
}

TEST_F(VerifierTest, NeverTakesAPublicKeyForASecret) {
  const TokenMaker rsa = TokenMaker::rsa();
  // As a careless configuration would have it: the key for everything. The set itself allows what fits alone.
  Verifier verifier = make({trust(rsa, {Algorithm::rs256, Algorithm::hs256, Algorithm::hs384, Algorithm::hs512})});
  for (const Algorithm algorithm : {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512}) {
    std::string pem = rsa.public_pem();
    EXPECT_FALSE(accepts(verifier, TokenMaker::secret(pem).sign(algorithm, good_claims)));
    pem.pop_back();
    EXPECT_FALSE(accepts(verifier, TokenMaker::secret(pem).sign(algorithm, good_claims)));
    EXPECT_FALSE(accepts(verifier, TokenMaker::secret("").sign(algorithm, good_claims)));
  }
  EXPECT_TRUE(accepts(verifier, rsa.sign(Algorithm::rs256, good_claims)));
}

TEST_F(VerifierTest, HoldsAKeyToItsAlgorithms) {
  const TokenMaker rsa = TokenMaker::rsa();
  Verifier verifier = make({trust(rsa, {Algorithm::ps256})});
  EXPECT_TRUE(accepts(verifier, rsa.sign(Algorithm::ps256, good_claims)));
  for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::rs384, Algorithm::rs512, Algorithm::ps384, Algorithm::ps512})
    EXPECT_FALSE(accepts(verifier, rsa.sign(algorithm, good_claims))) << to_string(algorithm);
}

TEST_F(VerifierTest, IgnoresKeysThatTheTokenBringsOrPointsTo) {
  const TokenMaker forger = TokenMaker::another_rsa();
  Verifier verifier = make({trust(TokenMaker::rsa(), {Algorithm::rs256})});
  for (const std::string& member : {R"("jwk":)" + forger.jwk(), std::string(R"("jku":"http://127.0.0.1:1/keys")"),
                                    std::string(R"("x5u":"http://127.0.0.1:1/c")"), std::string(R"("x5c":["AAAA"])"),
                                    std::string(R"("kid":"../../../../dev/null")"), std::string(R"("kid":"' OR 1=1 --")")}) {
    EXPECT_FALSE(accepts(verifier, forger.sign_as(Algorithm::rs256, R"({"alg":"RS256",)" + member + "}", good_claims)))
        << member;
  }
}

TEST_F(VerifierTest, RefusesCriticalHeaders) {
  Verifier verifier = make({trust(secret, {Algorithm::hs256})});
  for (const char* header : {R"({"alg":"HS256","crit":["exp"],"exp":1})", R"({"alg":"HS256","crit":[]})",
                             R"({"alg":"HS256","b64":false,"crit":["b64"]})"})
    EXPECT_FALSE(accepts(verifier, secret.sign_as(Algorithm::hs256, header, good_claims))) << header;
}

TEST_F(VerifierTest, RefusesWhatIsNotThreePartsOfBase64Url) {
  Verifier verifier = make({trust(secret, {Algorithm::hs256})});
  const std::string good = secret.sign(Algorithm::hs256, good_claims);
  const std::size_t second = good.rfind('.');
  for (const std::string& token :
       std::vector<std::string>{std::string(), std::string("."), std::string(".."), std::string("..."), good.substr(0, second),
                                good.substr(0, second + 1), good + ".", good + ".x", std::string(".") + good, good + "=",
                                good + "\n", " " + good, good.substr(0, second) + "+" + good.substr(second),
                                R"({"payload":"","signatures":[]})", std::string("\0.\0.\0", 5)}) {
    EXPECT_FALSE(accepts(verifier, token)) << token;
  }
  EXPECT_TRUE(accepts(verifier, good));
}

TEST_F(VerifierTest, RefusesOneSignatureInASecondSpelling) {
  Verifier verifier = make({trust(secret, {Algorithm::hs256})});
  std::string token = secret.sign(Algorithm::hs256, good_claims);
  // 32 bytes leave two bits of the last letter unused: letters that differ in them alone decode to the same.
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const std::size_t value = letters.find(token.back());
  ASSERT_EQ(value % 4, 0U);
  token.back() = letters[value + 1];
  EXPECT_FALSE(accepts(verifier, token));
}

TEST_F(VerifierTest, HasABoundForTokens) {
  TokenRules rules;
  const std::string token = secret.sign(Algorithm::hs256, good_claims);
  rules.max_token_bytes = token.size();
  Verifier exact = make({trust(secret, {Algorithm::hs256})}, rules);
  EXPECT_TRUE(accepts(exact, token));
  rules.max_token_bytes = token.size() - 1;
  Verifier shorter = make({trust(secret, {Algorithm::hs256})}, rules);
  EXPECT_FALSE(accepts(shorter, token));
}

TEST_F(VerifierTest, ChoosesTheKeyById) {
  const TokenMaker other = TokenMaker::secret(std::string(32, 'o'));
  Verifier verifier = make({trust(secret, {Algorithm::hs256}, "a"), trust(other, {Algorithm::hs256}, "b")});
  EXPECT_TRUE(accepts(verifier, secret.sign(Algorithm::hs256, good_claims, "a")));
  EXPECT_FALSE(accepts(verifier, secret.sign(Algorithm::hs256, good_claims, "b")));
  EXPECT_TRUE(accepts(verifier, other.sign(Algorithm::hs256, good_claims, "b")));
  // Without an id any of them may have signed.
  EXPECT_TRUE(accepts(verifier, other.sign(Algorithm::hs256, good_claims)));
  const Verifier::Result unknown = verifier.verify(secret.sign(Algorithm::hs256, good_claims, "c"), now);
  EXPECT_EQ(unknown.identity, nullptr);
  EXPECT_TRUE(unknown.names_unknown_key);
  EXPECT_FALSE(verifier.verify(TokenMaker::secret(std::string(32, 'x')).sign(Algorithm::hs256, good_claims, "a"), now)
                   .names_unknown_key);
  EXPECT_FALSE(
      verifier.verify(TokenMaker::secret(std::string(32, 'x')).sign(Algorithm::hs256, good_claims), now).names_unknown_key);
}

TEST_F(VerifierTest, TriesNoMoreThanAFewKeysForOneToken) {
  TrustedKeys keys;
  for (std::size_t i = 0; i < KeySet::max_candidates; ++i)
    keys.push_back(trust(TokenMaker::secret(std::string(32, static_cast<char>('A' + i))), {Algorithm::hs256}));
  keys.push_back(trust(secret, {Algorithm::hs256}, "mine"));
  Verifier verifier = make(keys);
  EXPECT_FALSE(accepts(verifier, secret.sign(Algorithm::hs256, good_claims)));
  EXPECT_TRUE(accepts(verifier, secret.sign(Algorithm::hs256, good_claims, "mine")));
}

TEST_F(VerifierTest, HoldsAKeyToItsIssuer) {
  const TokenMaker other = TokenMaker::secret(std::string(32, 'o'));
  Verifier verifier =
      make({trust(secret, {Algorithm::hs256}, {}, "https://a"), trust(other, {Algorithm::hs256}, {}, "https://b")});
  const auto claims = [](std::string_view issuer) { return R"({"exp":1700000060,"iss":")" + std::string(issuer) + R"("})"; };
  EXPECT_TRUE(accepts(verifier, secret.sign(Algorithm::hs256, claims("https://a"))));
  EXPECT_FALSE(accepts(verifier, secret.sign(Algorithm::hs256, claims("https://b"))));
  EXPECT_TRUE(accepts(verifier, other.sign(Algorithm::hs256, claims("https://b"))));
  EXPECT_FALSE(accepts(verifier, secret.sign(Algorithm::hs256, good_claims)));
}

TEST_F(VerifierTest, WantsTheTypeThatIsAskedFor) {
  TokenRules rules;
  rules.types = {"at+jwt"};
  Verifier verifier = make({trust(secret, {Algorithm::hs256})}, rules);
  EXPECT_TRUE(
      accepts(verifier, secret.sign_as(Algorithm::hs256, R"({"alg":"HS256","typ":"application/AT+jwt"})", good_claims)));
  EXPECT_FALSE(accepts(verifier, secret.sign_as(Algorithm::hs256, R"({"alg":"HS256","typ":"JWT"})", good_claims)));
  EXPECT_FALSE(accepts(verifier, secret.sign_as(Algorithm::hs256, R"({"alg":"HS256"})", good_claims)));
}

TEST_F(VerifierTest, TellsTheTimesApart) {
  Verifier verifier = make({trust(secret, {Algorithm::hs256})});
  EXPECT_EQ(verifier.verify(secret.sign(Algorithm::hs256, R"({"exp":1699999999})"), now).refusal.code, Code::token_expired);
  EXPECT_EQ(verifier.verify(secret.sign(Algorithm::hs256, R"({"exp":1800000000,"nbf":1700000999})"), now).refusal.code,
            Code::token_not_yet_valid);
  // Of a forged token nothing is told but that it is none.
  EXPECT_EQ(verifier.verify(TokenMaker::secret(std::string(32, 'x')).sign(Algorithm::hs256, R"({"exp":1})"), now).refusal.code,
            Code::token_invalid);
}

TEST_F(VerifierTest, RemembersSignaturesAndLooksAtTimesAnew) {
  Verifier verifier = make({trust(secret, {Algorithm::hs256})}, {}, 2);
  const std::string token = secret.sign(Algorithm::hs256, good_claims);
  const auto first = verifier.verify(token, now).identity;
  EXPECT_EQ(verifier.verify(token, now).identity, first);
  EXPECT_EQ(verifier.remembered(), 1U);
  EXPECT_EQ(verifier.verify(token, now + 60'000).refusal.code, Code::token_expired);
  // Bounded: the one that was not used for longest goes.
  const auto sign = [&](int i) { return secret.sign(Algorithm::hs256, R"({"exp":1700000060,"n":)" + std::to_string(i) + "}"); };
  EXPECT_TRUE(accepts(verifier, sign(1)));
  EXPECT_EQ(verifier.verify(token, now).identity, first);
  EXPECT_TRUE(accepts(verifier, sign(2)));
  EXPECT_EQ(verifier.remembered(), 2U);
  EXPECT_EQ(verifier.verify(token, now).identity, first);
  // A bad one is not remembered, and other keys make all forgotten.
  EXPECT_FALSE(accepts(verifier, token + "A"));
  EXPECT_EQ(verifier.remembered(), 2U);
  verifier.set_keys(std::make_shared<const KeySet>());
  EXPECT_FALSE(accepts(verifier, token));
}

}  // namespace
}  // namespace signaling::auth_jwt
