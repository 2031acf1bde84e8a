#include <broker_parts/tls_options.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config_of.hpp"

namespace signaling::broker_parts {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view everything = R"(
tls_verify = false
tls_ca_file = "/dev/null"
tls_cert_file = "/dev/zero"
tls_key_file = "/dev/null"
tls_server_name = "broker"
)";

std::vector<std::string> read(std::string_view toml, TlsOptions& tls) {
  testing::FakeProblems problems;
  read_tls(config_of(toml), "x+tls://", tls, problems);
  return problems.list;
}

TEST(TlsOptions, VerifyTheServerWhereNothingIsSaid) {
  TlsOptions tls;
  tls.is_enabled = true;
  EXPECT_THAT(read("", tls), IsEmpty());
  EXPECT_TRUE(tls.is_enabled);
  EXPECT_TRUE(tls.verify);
  EXPECT_EQ(tls.ca_file + tls.cert_file + tls.key_file + tls.server_name, "");
}

TEST(TlsOptions, AreRead) {
  TlsOptions tls;
  tls.is_enabled = true;
  EXPECT_THAT(read(everything, tls), IsEmpty());
  EXPECT_FALSE(tls.verify);
  EXPECT_EQ(tls.ca_file, "/dev/null");
  EXPECT_EQ(tls.cert_file, "/dev/zero");
  EXPECT_EQ(tls.key_file, "/dev/null");
  EXPECT_EQ(tls.server_name, "broker");
}

TEST(TlsOptions, HaveNoMeaningWithoutTls) {
  TlsOptions tls;
  EXPECT_THAT(read("", tls), IsEmpty());
  EXPECT_THAT(read(everything, tls), AllOf(SizeIs(4), Each(HasSubstr("a URL has to begin with x+tls://"))));
}

TEST(TlsOptions, NameFilesThatCanBeRead) {
  TlsOptions tls;
  tls.is_enabled = true;
  EXPECT_THAT(read("tls_cert_file = \"/nowhere/c\"\ntls_key_file = \"/nowhere/k\"", tls),
              AllOf(SizeIs(2), Each(HasSubstr("cannot be read"))));
}

}  // namespace
}  // namespace signaling::broker_parts
