#include <auth_jwt/jwk.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "token_maker.hpp"

namespace signaling::auth_jwt {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

KeyUse use_of(std::initializer_list<Algorithm> algorithms) {
  KeyUse use;
  for (const Algorithm algorithm : algorithms) use.algorithms.add(algorithm);
  return use;
}

std::string set_of(std::initializer_list<std::string> keys) {
  std::string text = R"({"keys":[)";
  for (const std::string& key : keys) text += (text.back() == '[' ? "" : ",") + key;
  return text + "]}";
}

std::string problem_of(std::string_view text) {
  try {
    read_jwk_set(text, use_of({Algorithm::rs256}), true);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

TEST(JwkSet, ReadsEachKindOfKey) {
  const auto all =
      use_of({Algorithm::hs256, Algorithm::rs256, Algorithm::ps512, Algorithm::es256, Algorithm::es384, Algorithm::eddsa});
  const JwkSet set =
      read_jwk_set(set_of({TokenMaker::rsa().jwk(R"(,"kid":"r","use":"sig")"), TokenMaker::ec("P-256").jwk(),
                           TokenMaker::ec("P-384").jwk(), TokenMaker::ed().jwk(R"(,"key_ops":["verify"])"),
                           TokenMaker::ed(EVP_PKEY_ED448).jwk(), TokenMaker::secret(std::string(32, 's')).jwk()}),
                   all, true);
  EXPECT_THAT(set.left_out, IsEmpty());
  ASSERT_EQ(set.keys.size(), 6U);
  const KeyKind kinds[] = {KeyKind::rsa, KeyKind::ec_p256, KeyKind::ec_p384, KeyKind::ed25519, KeyKind::ed448, KeyKind::secret};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(set.keys[i]->key.kind(), kinds[i]);
  EXPECT_EQ(set.keys[0]->id, "r");
  EXPECT_EQ(set.keys[0]->algorithms, use_of({Algorithm::rs256, Algorithm::ps512}).algorithms);
  EXPECT_EQ(set.keys[1]->algorithms, use_of({Algorithm::es256}).algorithms);
}

TEST(JwkSet, IsNarrowedByTheKeysOwnAlgorithmAndNeverWidened) {
  const auto use = use_of({Algorithm::rs256, Algorithm::rs512});
  const auto algorithms = [&](std::string_view more) {
    const JwkSet set = read_jwk_set(TokenMaker::rsa().jwk(more), use, false);
    return set.keys.empty() ? AlgorithmSet() : set.keys[0]->algorithms;
  };
  EXPECT_EQ(algorithms(R"(,"alg":"RS512")"), use_of({Algorithm::rs512}).algorithms);
  EXPECT_TRUE(algorithms(R"(,"alg":"PS256")").empty());
  EXPECT_TRUE(algorithms(R"(,"alg":"HS256")").empty());
  EXPECT_TRUE(algorithms(R"(,"alg":"none")").empty());
  EXPECT_TRUE(algorithms(R"(,"alg":1)").empty());
}

TEST(JwkSet, LeavesOutWhatIsForSomethingElse) {
  const std::string rsa = TokenMaker::rsa().jwk();
  const JwkSet set =
      read_jwk_set(set_of({TokenMaker::rsa().jwk(R"(,"use":"enc")"), TokenMaker::rsa().jwk(R"(,"key_ops":["encrypt"])"),
                           TokenMaker::ec("P-521").jwk(), "1", "{}", R"({"kty":"RSA","n":"AQAB","e":"AQAB"})",
                           R"({"kty":"RSA"})", TokenMaker::rsa(1024).jwk(), rsa}),
                   use_of({Algorithm::rs256}), true);
  EXPECT_EQ(set.keys.size(), 1U);
  EXPECT_THAT(set.left_out,
              ElementsAre(StartsWith("key 1: not for verifying"), StartsWith("key 2: not for verifying"),
                          StartsWith("key 3: another kind"), StartsWith("key 4: no JSON object"),
                          StartsWith("key 5: another kind"), HasSubstr("bits"), HasSubstr("\"n\""), HasSubstr("1024 bits")));
}

TEST(JwkSet, TakesNoSecretFromAUrl) {
  const JwkSet set = read_jwk_set(TokenMaker::secret(std::string(32, 's')).jwk(), use_of({Algorithm::hs256}), false);
  EXPECT_THAT(set.keys, IsEmpty());
  EXPECT_THAT(set.left_out, ElementsAre(HasSubstr("not taken from a URL")));
}

TEST(JwkSet, RefusesWhatIsNone) {
  EXPECT_THAT(problem_of(""), HasSubstr("no JSON object"));
  EXPECT_THAT(problem_of("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(problem_of("{}"), HasSubstr("no \"keys\""));
  EXPECT_THAT(problem_of(R"({"keys":{}})"), HasSubstr("no list"));
  std::string many = R"({"keys":[{})";
  for (int i = 0; i < 100; ++i) many += ",{}";
  EXPECT_THAT(problem_of(many + "]}"), HasSubstr("more than 100"));
}

}  // namespace
}  // namespace signaling::auth_jwt
