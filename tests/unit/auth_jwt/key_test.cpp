#include <auth_jwt/key.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "token_maker.hpp"

namespace signaling::auth_jwt {
namespace {

using ::testing::HasSubstr;

std::string problem_of(const std::function<void()>& make) {
  try {
    make();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

struct Pair {
  Algorithm algorithm;
  TokenMaker maker;
};

std::vector<Pair> every_algorithm() {
  const TokenMaker rsa = TokenMaker::rsa();
  const TokenMaker secret = TokenMaker::secret(std::string(64, 's'));
  std::vector<Pair> pairs;
  for (const auto algorithm : {Algorithm::hs256, Algorithm::hs384, Algorithm::hs512}) pairs.push_back({algorithm, secret});
  for (const auto algorithm :
       {Algorithm::rs256, Algorithm::rs384, Algorithm::rs512, Algorithm::ps256, Algorithm::ps384, Algorithm::ps512})
    pairs.push_back({algorithm, rsa});
  pairs.push_back({Algorithm::es256, TokenMaker::ec("P-256")});
  pairs.push_back({Algorithm::es384, TokenMaker::ec("P-384")});
  pairs.push_back({Algorithm::eddsa, TokenMaker::ed()});
  pairs.push_back({Algorithm::eddsa, TokenMaker::ed(EVP_PKEY_ED448)});
  return pairs;
}

TEST(Key, VerifiesEveryAlgorithmAndNoOtherOfThem) {
  const std::vector<Pair> pairs = every_algorithm();
  for (const Pair& pair : pairs) {
    const std::string signature = pair.maker.signature(pair.algorithm, "text");
    EXPECT_TRUE(pair.maker.key().verify(pair.algorithm, "text", signature)) << to_string(pair.algorithm);
    EXPECT_FALSE(pair.maker.key().verify(pair.algorithm, "texT", signature)) << to_string(pair.algorithm);
    for (const Pair& other : pairs) {
      for (std::size_t i = 0; i < algorithm_names.size(); ++i) {
        const auto taken_as = static_cast<Algorithm>(i);
        if (taken_as == pair.algorithm) continue;
        EXPECT_FALSE(other.maker.key().verify(taken_as, "text", signature))
            << to_string(pair.algorithm) << " as " << algorithm_names[i];
      }
    }
  }
}

TEST(Key, TakesNoSignatureOfAnotherKey) {
  for (const auto& make : std::vector<std::function<TokenMaker()>>{
           [] { return TokenMaker::another_rsa(); }, [] { return TokenMaker::ec("P-256"); }, [] { return TokenMaker::ed(); }}) {
    const TokenMaker ours = make();
    const TokenMaker theirs = make();
    const Algorithm algorithm = ours.key().kind() == KeyKind::rsa       ? Algorithm::ps256
                                : ours.key().kind() == KeyKind::ec_p256 ? Algorithm::es256
                                                                        : Algorithm::eddsa;
    EXPECT_FALSE(ours.key().verify(algorithm, "text", theirs.signature(algorithm, "text")));
  }
  EXPECT_FALSE(Key::from_secret(std::string(32, 'a'))
                   .verify(Algorithm::hs256, "t", TokenMaker::secret(std::string(32, 'b')).signature(Algorithm::hs256, "t")));
}

TEST(Key, WantsEllipticSignaturesRawAndWhole) {
  const TokenMaker maker = TokenMaker::ec("P-256");
  const std::string good = maker.signature(Algorithm::es256, "text");
  ASSERT_EQ(good.size(), 64U);
  EXPECT_FALSE(maker.key().verify(Algorithm::es256, "text", good.substr(0, 63)));
  EXPECT_FALSE(maker.key().verify(Algorithm::es256, "text", good + '\0'));
  EXPECT_FALSE(maker.key().verify(Algorithm::es256, "text", ""));
  // CVE-2022-21449: R and S of zero are no signature.
  EXPECT_FALSE(maker.key().verify(Algorithm::es256, "text", std::string(64, '\0')));
}

TEST(Key, RefusesSecretsThatAreShortOrPublic) {
  EXPECT_THAT(problem_of([] { Key::from_secret(std::string(31, 's')); }), HasSubstr("32 bytes"));
  EXPECT_THAT(problem_of([] { Key::from_secret(TokenMaker::rsa().public_pem()); }), HasSubstr("no secret"));
  const Key key = Key::from_secret(std::string(32, 's'));
  EXPECT_TRUE(key.is_long_enough(Algorithm::hs256));
  EXPECT_FALSE(key.is_long_enough(Algorithm::hs384));
  EXPECT_FALSE(key.verify(Algorithm::hs384, "t", TokenMaker::secret(std::string(32, 's')).signature(Algorithm::hs384, "t")));
}

TEST(Key, RefusesWeakAndUnknownPublicKeys) {
  EXPECT_THAT(problem_of([] { Key::from_pem(TokenMaker::rsa(1024).public_pem()); }), HasSubstr("1024 bits"));
  EXPECT_THAT(problem_of([] { Key::from_pem(TokenMaker::ec("P-521").public_pem()); }), HasSubstr("secp521r1"));
  EXPECT_THAT(problem_of([] { Key::from_pem(TokenMaker::ec("secp256k1").public_pem()); }), HasSubstr("secp256k1"));
  EXPECT_THAT(problem_of([] { Key::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"); }),
              HasSubstr("no public key"));
  EXPECT_THAT(problem_of([] { Key::from_pem(""); }), HasSubstr("no public key"));
}

TEST(Key, RefusesAPrivateKeyAndShowsNothingOfIt) {
  const std::string pem = TokenMaker::ec("P-256").private_pem();
  const std::string problem = problem_of([&] { Key::from_pem(pem); });
  EXPECT_THAT(problem, HasSubstr("private key"));
  EXPECT_EQ(problem.find(pem.substr(40, 20)), std::string::npos);
}

TEST(Key, RefusesPointsThatAreNotOnTheCurve) {
  EXPECT_THAT(problem_of([] { Key::from_ec(KeyKind::ec_p256, std::string(32, '\x01'), std::string(32, '\x02')); }),
              ::testing::Not(::testing::IsEmpty()));
  EXPECT_THAT(problem_of([] { Key::from_ec(KeyKind::ec_p256, std::string(31, '\x01'), std::string(32, '\x02')); }),
              HasSubstr("length"));
  EXPECT_THAT(problem_of([] { Key::from_rsa(std::string(256, '\xFF'), "\x01"); }), HasSubstr("not a valid RSA"));
  EXPECT_THAT(problem_of([] { Key::from_rsa(std::string(2000, '\xFF'), "\x03"); }), HasSubstr("not a valid RSA"));
}

}  // namespace
}  // namespace signaling::auth_jwt
