#include <auth_jwt/options.hpp>
#include <auth_jwt/schema.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/test_kit/fake_config.hpp>

#include "token_maker.hpp"

namespace signaling::auth_jwt {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view a_key = "[[keys]]\nalgorithms=[\"HS256\"]\nsecret=\"0123456789abcdef0123456789abcdef\"\n";

class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "auth_jwt_XXXXXX").string();
    directory = ::mkdtemp(name.data());
  }
  ~OptionsTest() override { std::filesystem::remove_all(directory); }

  std::string file(const std::string& name, std::string_view text) const {
    std::ofstream(directory / name, std::ios::binary) << text;
    return (directory / name).string();
  }
  static Options read(std::string_view toml, std::vector<std::string>* problems = nullptr) {
    testing::FakeProblems found;
    Options options = read_options(testing::FakeConfig(schema, toml), found);
    if (problems != nullptr) {
      *problems = found.list;
    } else {
      EXPECT_THAT(found.list, IsEmpty());
    }
    return options;
  }
  static std::vector<std::string> problems_of(std::string_view toml) {
    std::vector<std::string> problems;
    read(toml, &problems);
    return problems;
  }
  static std::vector<std::string> key_problems(const std::string& algorithms, const std::string& origin) {
    return problems_of("[[keys]]\nalgorithms=[" + algorithms + "]\n" + origin + "\n");
  }

  std::filesystem::path directory;
};

TEST_F(OptionsTest, HaveDefaultsThatAreSafe) {
  const Options options = read(a_key);
  EXPECT_EQ(options.sources, (std::vector<Source>{Source::auth, Source::header}));
  EXPECT_EQ(options.policy, Policy::required);
  EXPECT_TRUE(options.tokens.claims.needs_expiry);
  EXPECT_EQ(options.keys.size(), 1U);
}

TEST_F(OptionsTest, WantAKeyWhereTokensAreWanted) {
  EXPECT_THAT(problems_of(""), ElementsAre(HasSubstr("no key")));
  EXPECT_THAT(problems_of("policy=\"off\""), IsEmpty());
  EXPECT_THAT(problems_of("policy=\"off\"\n[[namespaces]]\nname=\"/a\""), ElementsAre(HasSubstr("no key")));
}

TEST_F(OptionsTest, ReadKeysFromEveryPlace) {
  const TokenMaker rsa = TokenMaker::rsa();
  const TokenMaker ec = TokenMaker::ec("P-256");
  const std::string toml = "[[keys]]\nid=\"a\"\nalgorithms=[\"HS256\",\"HS384\"]\nsecret=\"" + std::string(48, 's') + "\"\n" +
                           "[[keys]]\nalgorithms=[\"HS256\"]\nsecret=\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-"
                           "1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"\nsecret_encoding=\"base64url\"\n" +
                           "[[keys]]\nalgorithms=[\"HS256\"]\nsecret_file=\"" + file("secret", std::string(32, 'f') + "\r\n") +
                           "\"\n" + "[[keys]]\nalgorithms=[\"RS256\"]\nissuer=\"i\"\npublic_key='''" + rsa.public_pem() +
                           "'''\n" + "[[keys]]\nalgorithms=[\"ES256\"]\npublic_key_file=\"" + file("key.pem", ec.public_pem()) +
                           "\"\n" + "[[keys]]\nalgorithms=[\"PS256\",\"EdDSA\"]\njwks_file=\"" +
                           file("jwks", R"({"keys":[)" + rsa.jwk(R"(,"kid":"k")") + "," + TokenMaker::ed().jwk() + "]}") +
                           "\"\n" + "[[keys]]\nalgorithms=[\"RS256\"]\njwks_url=\"https://id.example.org/jwks?x=1\"\n";
  const Options options = read(toml);
  ASSERT_EQ(options.keys.size(), 7U);
  EXPECT_EQ(options.keys[0]->id, "a");
  EXPECT_TRUE(options.keys[0]->algorithms.has(Algorithm::hs384));
  EXPECT_TRUE(options.keys[2]->key.verify(Algorithm::hs256, "t",
                                          TokenMaker::secret(std::string(32, 'f')).signature(Algorithm::hs256, "t")));
  EXPECT_EQ(options.keys[3]->issuer, "i");
  EXPECT_EQ(options.keys[5]->id, "k");
  ASSERT_EQ(options.remote_keys.size(), 1U);
  EXPECT_EQ(options.remote_keys[0].target.path, "/jwks?x=1");
  EXPECT_EQ(options.remote_keys[0].target.origin(), "https://id.example.org:443");
}

TEST_F(OptionsTest, RefuseAlgorithmsThatDoNotFitTheKey) {
  const std::string pem = "public_key='''" + TokenMaker::rsa().public_pem() + "'''";
  EXPECT_THAT(key_problems("\"HS256\"", pem), ElementsAre(HasSubstr("HS256 is not for this kind of key (RSA)")));
  EXPECT_THAT(key_problems("\"RS256\",\"ES256\"", pem), ElementsAre(HasSubstr("ES256 is not for")));
  EXPECT_THAT(key_problems("\"none\"", pem), ElementsAre(HasSubstr("\"none\" is no algorithm")));
  EXPECT_THAT(key_problems("\"RS256\"", "secret=\"" + std::string(32, 's') + "\""),
              ElementsAre(HasSubstr("RS256 is not for this kind of key (secret)")));
  EXPECT_THAT(key_problems("\"HS512\"", "secret=\"" + std::string(63, 's') + "\""),
              ElementsAre(HasSubstr("HS512 must have 64 bytes")));
  EXPECT_THAT(key_problems("\"HS256\"", "jwks_url=\"https://a/\""), ElementsAre(HasSubstr("no secret")));
}

TEST_F(OptionsTest, RefuseAPublicKeyAsASecretAndPrivateKeysAltogether) {
  EXPECT_THAT(key_problems("\"HS256\"", "secret='''" + TokenMaker::rsa().public_pem() + "'''"),
              ElementsAre(HasSubstr("no secret")));
  EXPECT_THAT(key_problems("\"HS256\"", "secret_file=\"" + file("pem", TokenMaker::rsa().public_pem()) + "\""),
              ElementsAre(HasSubstr("no secret")));
  EXPECT_THAT(key_problems("\"ES256\"", "public_key='''" + TokenMaker::ec("P-256").private_pem() + "'''"),
              ElementsAre(HasSubstr("private key")));
}

TEST_F(OptionsTest, NameTheFileThatIsWrong) {
  EXPECT_THAT(key_problems("\"RS256\"", "public_key_file=\"/nowhere/key\""),
              ElementsAre(HasSubstr("\"/nowhere/key\" cannot be read")));
  EXPECT_THAT(key_problems("\"RS256\"", "public_key_file=\"" + directory.string() + "\""),
              ElementsAre(HasSubstr("cannot be read")));
  EXPECT_THAT(key_problems("\"RS256\"", "jwks_file=\"" + file("jwks", "{") + "\""),
              ElementsAre(AllOf(HasSubstr("jwks\""), HasSubstr("no JSON object"))));
  EXPECT_THAT(key_problems("\"RS256\"", "jwks_file=\"" + file("ed", TokenMaker::ed().jwk()) + "\""),
              ElementsAre(HasSubstr("no key that can be used")));
  EXPECT_THAT(key_problems("\"RS256\"", "jwks_file=\"" + file("long", std::string(300'000, ' ')) + "\""),
              ElementsAre(HasSubstr("longer than 262144")));
}

TEST_F(OptionsTest, WantEachKeyFromOnePlace) {
  EXPECT_THAT(key_problems("\"RS256\"", ""), ElementsAre(HasSubstr("exactly one of")));
  EXPECT_THAT(key_problems("\"RS256\"", "secret=\"a\"\njwks_file=\"b\""), ElementsAre(HasSubstr("exactly one of")));
  EXPECT_THAT(key_problems("\"RS256\"", "id=\"a\"\njwks_url=\"https://b/\""), ElementsAre(HasSubstr("id is not for JWK sets")));
}

TEST_F(OptionsTest, RefuseUrlsThatAreNotOfHttp) {
  for (const char* url : {"ftp://a/", "a", "//a/", "https://", "https://user:secret@a/"}) {
    const auto problems = key_problems("\"RS256\"", "jwks_url=\"" + std::string(url) + "\"");
    EXPECT_THAT(problems, ElementsAre(AllOf(HasSubstr("jwks_url "), ::testing::Not(HasSubstr("secret"))))) << url;
  }
}

TEST_F(OptionsTest, RefuseSourcesClaimsAndNamespacesThatAreNone) {
  EXPECT_THAT(problems_of("sources=[\"url\"]\n" + std::string(a_key)), ElementsAre(HasSubstr("\"url\" is no source")));
  EXPECT_THAT(problems_of("anonymous_claims=\"[]\"\n" + std::string(a_key)), ElementsAre(HasSubstr("anonymous_claims")));
  EXPECT_THAT(problems_of(std::string(a_key) + "[[namespaces]]\nname=\"chat\"\n"), ElementsAre(HasSubstr("must begin with /")));
  EXPECT_THAT(problems_of(std::string(a_key) + "[[namespaces]]\nname=\"/a\"\n[[namespaces]]\nname=\"/a\"\n"),
              ElementsAre(HasSubstr("twice")));
}

TEST_F(OptionsTest, FindTheRuleOfANamespaceExactNamesFirst) {
  const Options options = read("policy=\"optional\"\n" + std::string(a_key) +
                               "[[namespaces]]\nname=\"/chat-*\"\npolicy=\"off\"\n[[namespaces]]\nname=\"/"
                               "chat-a*\"\n[[namespaces]]\nname=\"/chat-admin\"\nrequired_claims=[\"role=admin\"]\n");
  EXPECT_EQ(options.policy_of("/"), Policy::optional);
  EXPECT_EQ(options.policy_of("/chat-b"), Policy::off);
  EXPECT_EQ(options.policy_of("/chat-ab"), Policy::off);  // the first pattern that matches
  EXPECT_EQ(options.policy_of("/chat-admin"), Policy::required);
  EXPECT_EQ(options.policy_of("/chat-b/c"), Policy::optional);  // a star stands for no /
  EXPECT_EQ(options.policy_of("/Chat-admin"), Policy::optional);
  EXPECT_EQ(options.rule_of("/chat-admin")->required.at(0).name, "role");
}

}  // namespace
}  // namespace signaling::auth_jwt
