#include <nats_adapter/schema.hpp>
#include <nats_adapter/settings.hpp>

#include <gtest/gtest.h>

#include <signaling/test_kit/fake_config.hpp>

namespace signaling::nats_adapter {
namespace {

std::vector<std::string> problems_of(std::string_view toml, Settings* settings = nullptr) {
  const testing::FakeConfig config(schema, toml);
  testing::FakeProblems problems;
  const Settings read = read_settings(config, problems);
  if (settings != nullptr) *settings = read;
  return problems.list;
}

TEST(Settings, DefaultsAreGood) {
  Settings settings;
  EXPECT_TRUE(problems_of("", &settings).empty());
  EXPECT_EQ(settings.urls, std::vector<std::string>{"nats://127.0.0.1:4222"});
  EXPECT_FALSE(settings.is_stored_in_files);
  EXPECT_EQ(settings.max_stream_bytes, -1);
}

TEST(Settings, SeveralServers) {
  Settings settings;
  EXPECT_TRUE(problems_of(R"(url = "nats://a:1, tls://user:p@b:2")", &settings).empty());
  EXPECT_EQ(settings.urls, (std::vector<std::string>{"nats://a:1", "tls://user:p@b:2"}));
  EXPECT_TRUE(settings.tls.is_enabled);
}

TEST(Settings, WhatIsWrongIsNamed) {
  EXPECT_EQ(problems_of(R"(url = "http://a")").size(), 1U);
  EXPECT_EQ(problems_of(R"(url = "nats://:4222")").size(), 1U);
  EXPECT_EQ(problems_of(R"(prefix = "a.b")").size(), 1U);
  EXPECT_EQ(problems_of(R"(username = "u")").size(), 1U);
  EXPECT_EQ(problems_of(R"(password = "p")").size(), 1U);
  EXPECT_EQ(problems_of("username = \"u\"\npassword = \"p\"\ntoken = \"t\"").size(), 1U);
  EXPECT_EQ(problems_of(R"(token_file = "/nowhere/token")").size(), 1U);
  EXPECT_EQ(problems_of("token = \"t\"\ntoken_file = \"/dev/null\"").size(), 1U);
  EXPECT_EQ(problems_of(R"(tls_server_name = "x")").size(), 1U);
  EXPECT_EQ(problems_of(R"(credentials_file = "/nowhere/creds")").size(), 1U);
}

}  // namespace
}  // namespace signaling::nats_adapter
