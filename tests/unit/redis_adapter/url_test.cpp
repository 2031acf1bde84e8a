#include "redis_adapter/url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signaling::redis_adapter {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ServerUrl parsed(std::string_view text) {
  std::string problem;
  const auto url = parse_url(text, problem);
  EXPECT_TRUE(url.has_value()) << text << ": " << problem;
  return url.value_or(ServerUrl{});
}

std::string problem_of(std::string_view text) {
  std::string problem;
  EXPECT_FALSE(parse_url(text, problem).has_value()) << text;
  return problem;
}

TEST(ParseUrl, ReadsHostAndPort) {
  EXPECT_EQ(parsed("redis://cache").address, (ServerAddress{"cache", 6379, ""}));
  EXPECT_EQ(parsed("redis://cache:7000").address, (ServerAddress{"cache", 7000, ""}));
  EXPECT_EQ(parsed("redis://10.0.0.1:7000/").address, (ServerAddress{"10.0.0.1", 7000, ""}));
  EXPECT_FALSE(parsed("redis://cache").is_tls);
  EXPECT_FALSE(parsed("redis://cache").database.has_value());
}

TEST(ParseUrl, ReadsAnIpv6AddressInBrackets) {
  EXPECT_EQ(parsed("redis://[::1]").address, (ServerAddress{"::1", 6379, ""}));
  EXPECT_EQ(parsed("rediss://:p@[fd00::5]:7000/2").address, (ServerAddress{"fd00::5", 7000, ""}));
  EXPECT_EQ((ServerAddress{"::1", 7000, ""}).text(), "[::1]:7000");
}

TEST(ParseUrl, ReadsCredentialsWithEscapes) {
  const auto url = parsed("redis://node:p%40ss%3Aword%25@cache/3");
  EXPECT_EQ(url.credentials.username, "node");
  EXPECT_EQ(url.credentials.password, "p@ss:word%");
  EXPECT_EQ(url.database, 3u);
  EXPECT_EQ(parsed("redis://:secret@cache").credentials.username, "");
  // Written without escapes where they are not needed.
  EXPECT_EQ(parsed("redis://:a@b@cache").credentials.password, "a@b");
}

TEST(ParseUrl, ReadsTls) { EXPECT_TRUE(parsed("rediss://cache").is_tls); }

TEST(ParseUrl, ReadsAUnixSocket) {
  EXPECT_EQ(parsed("unix:///run/redis/redis.sock").address, (ServerAddress{"", 0, "/run/redis/redis.sock"}));
  const auto url = parsed("unix://user:pass@/run/a%20b.sock?db=5");
  EXPECT_EQ(url.address.path, "/run/a b.sock");
  EXPECT_EQ(url.credentials.password, "pass");
  EXPECT_EQ(url.database, 5u);
}

TEST(ParseUrl, SaysWhatIsWrong) {
  EXPECT_THAT(problem_of(""), HasSubstr("no scheme"));
  EXPECT_THAT(problem_of("cache:6379"), HasSubstr("no scheme"));
  EXPECT_THAT(problem_of("http://cache"), HasSubstr("unknown scheme"));
  EXPECT_THAT(problem_of("redis://"), HasSubstr("no host"));
  EXPECT_THAT(problem_of("redis://:6379"), HasSubstr("no host"));
  EXPECT_THAT(problem_of("redis://cache:"), HasSubstr("port"));
  EXPECT_THAT(problem_of("redis://cache:0"), HasSubstr("port"));
  EXPECT_THAT(problem_of("redis://cache:65536"), HasSubstr("port"));
  EXPECT_THAT(problem_of("redis://cache:6379x"), HasSubstr("port"));
  EXPECT_THAT(problem_of("redis://::1:6379"), HasSubstr("IPv6"));
  EXPECT_THAT(problem_of("redis://[::1"), HasSubstr("bracket"));
  EXPECT_THAT(problem_of("redis://[::1]6379"), HasSubstr("bracket"));
  EXPECT_THAT(problem_of("redis://cache/x"), HasSubstr("database"));
  EXPECT_THAT(problem_of("redis://cache/-1"), HasSubstr("database"));
  EXPECT_THAT(problem_of("redis://cache?timeout=3"), HasSubstr("parameter"));
  EXPECT_THAT(problem_of("unix:///a.sock?db="), HasSubstr("database"));
  EXPECT_THAT(problem_of("unix://relative.sock"), HasSubstr("three slashes"));
  EXPECT_THAT(problem_of("unix:///"), HasSubstr("path"));
  EXPECT_THAT(problem_of("unix:///" + std::string(200, 'x')), HasSubstr("107"));
}

TEST(ParseUrl, NeverRepeatsThePassword) {
  for (const std::string_view text : {"redis://user:s3cret@", "redis://s3cret@cache", "redis://:s3cret%zz@cache",
                                      "redis://:s3cret@cache:x", "ftp://:s3cret@cache", "redis://:s3c#ret@cache"})
    EXPECT_THAT(problem_of(text), Not(HasSubstr("s3c"))) << text;
}

TEST(ApplyUrls, PutsTheSeedsOfAClusterTogether) {
  BackendOptions options;
  options.topology = TopologyKind::cluster;
  std::string problem;
  const std::vector<std::string> urls{"rediss://:p@a:1", "rediss://:p@b:2"};
  ASSERT_TRUE(apply_urls(urls, options, problem)) << problem;
  EXPECT_EQ(options.addresses, (std::vector<ServerAddress>{{"a", 1, ""}, {"b", 2, ""}}));
  EXPECT_TRUE(options.tls.is_enabled);
  EXPECT_EQ(options.credentials.password, "p");
}

TEST(ApplyUrls, RefusesWhatDoesNotGoTogether) {
  const auto problem_with = [](TopologyKind topology, std::vector<std::string> urls) {
    BackendOptions options;
    options.topology = topology;
    std::string problem;
    EXPECT_FALSE(apply_urls(urls, options, problem));
    return problem;
  };
  EXPECT_THAT(problem_with(TopologyKind::single, {}), HasSubstr("no address"));
  EXPECT_THAT(problem_with(TopologyKind::single, {"redis://a", "redis://b"}), HasSubstr("several"));
  EXPECT_THAT(problem_with(TopologyKind::sentinel, {"redis://a", "rediss://b"}), HasSubstr("differ"));
  EXPECT_THAT(problem_with(TopologyKind::sentinel, {"redis://:x1@a", "redis://:x2@b"}), HasSubstr("differ"));
  EXPECT_THAT(problem_with(TopologyKind::cluster, {"unix:///a.sock"}), HasSubstr("Unix"));
  EXPECT_THAT(problem_with(TopologyKind::cluster, {"redis://a/1"}), HasSubstr("database 0"));
}

}  // namespace
}  // namespace signaling::redis_adapter
