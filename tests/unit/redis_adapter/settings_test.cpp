#include <redis_adapter/schema.hpp>
#include <redis_adapter/settings.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/test_kit/fake_config.hpp>

namespace signaling::redis_adapter {
namespace {

using Texts = std::vector<std::string>;

Texts problems_of(std::string_view toml, Settings* settings = nullptr) {
  testing::FakeProblems problems;
  const Settings read = read_settings(testing::FakeConfig(schema, toml), problems);
  if (settings != nullptr) *settings = read;
  return problems.list;
}

TEST(Settings, DefaultsAreGood) {
  Settings settings;
  EXPECT_EQ(problems_of("", &settings), Texts{});
  EXPECT_EQ(settings.backend.topology, TopologyKind::single);
  EXPECT_EQ(settings.backend.addresses, (std::vector<ServerAddress>{{"127.0.0.1", 6379, ""}}));
  EXPECT_FALSE(settings.backend.tls.is_enabled);
}

TEST(Settings, AUserOfItsOwnGoesBeforeThatOfTheUrl) {
  Settings settings;
  EXPECT_EQ(problems_of("url = \"redis://a:b@cache\"\nusername = \"u\"\npassword = \"p\"", &settings), Texts{});
  EXPECT_EQ(settings.backend.credentials.username, "u");
  EXPECT_EQ(settings.backend.credentials.password, "p");
  EXPECT_EQ(problems_of(R"(username = "u")"), Texts{"username: needs a password"});
}

TEST(Settings, AKeyMayStandInTheFileOfTheCertificate) {
  Settings settings;
  EXPECT_EQ(problems_of("url = \"rediss://cache\"\ntls_cert_file = \"/dev/null\"\ntls_server_name = \"x\"", &settings),
            Texts{});
  EXPECT_TRUE(settings.backend.tls.is_enabled);
  EXPECT_EQ(settings.backend.tls.cert_file, "/dev/null");
  EXPECT_EQ(settings.backend.tls.key_file, "");
  EXPECT_EQ(settings.backend.tls.server_name, "x");
  EXPECT_EQ(problems_of("url = \"rediss://cache\"\ntls_key_file = \"/dev/null\""), Texts{"tls_key_file: needs tls_cert_file"});
}

TEST(Settings, TlsWithoutAUrlThatSaysSoIsReported) {
  EXPECT_EQ(problems_of(R"(tls_ca_file = "/dev/null")").size(), 1U);
  EXPECT_EQ(problems_of(R"(tls_server_name = "x")"),
            Texts{"tls_server_name: has no meaning without TLS: a URL has to begin with rediss://"});
}

TEST(Settings, ACommandMayTakeHalfOfTheLease) {
  EXPECT_EQ(problems_of("lease = \"4s\"\ncommand_timeout = \"2s\""), Texts{});
  EXPECT_EQ(problems_of("lease = \"4s\"\ncommand_timeout = \"2001ms\"").size(), 1U);
}

}  // namespace
}  // namespace signaling::redis_adapter
