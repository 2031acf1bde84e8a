// Expected values: observed by running the npm package `cors` 2.8 with the same options.

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include <signaling/net/cors.hpp>

namespace signaling::net {
namespace {

using Headers = Cors::Headers;

engine::HttpRequest request(std::string_view method, std::vector<std::pair<std::string_view, std::string_view>> headers) {
  engine::HttpRequest result;
  result.method = method;
  result.headers = std::move(headers);
  return result;
}

Headers simple(const CorsOptions& options, std::vector<std::pair<std::string_view, std::string_view>> headers) {
  Headers out;
  Cors(options).add_headers(request("GET", std::move(headers)), out);
  return out;
}

Headers preflight(const CorsOptions& options, std::vector<std::pair<std::string_view, std::string_view>> headers) {
  Headers out;
  Cors(options).add_preflight_headers(request("OPTIONS", std::move(headers)), out);
  std::sort(out.begin(), out.end());
  return out;
}

TEST(Cors, AllowsAllByDefaultWithoutNamingTheOrigin) {
  EXPECT_EQ(simple({}, {{"Origin", "https://a"}}), (Headers{{"Access-Control-Allow-Origin", "*"}}));
}

TEST(Cors, ReflectsTheOriginWhereTold) {
  CorsOptions options;
  options.reflect_origin = true;
  EXPECT_EQ(simple(options, {{"origin", "https://a"}}),
            (Headers{{"Access-Control-Allow-Origin", "https://a"}, {"Vary", "Origin"}}));
  EXPECT_EQ(simple(options, {}), (Headers{{"Vary", "Origin"}}));
}

TEST(Cors, NamesAnAllowedOriginAndVariesForOthers) {
  CorsOptions options;
  options.origins = {"https://a", "https://b"};
  EXPECT_EQ(simple(options, {{"Origin", "https://b"}}),
            (Headers{{"Access-Control-Allow-Origin", "https://b"}, {"Vary", "Origin"}}));
  EXPECT_EQ(simple(options, {{"Origin", "https://c"}}), (Headers{{"Vary", "Origin"}}));
  EXPECT_EQ(simple(options, {}), (Headers{{"Vary", "Origin"}}));
}

TEST(Cors, AddsCredentialsAndExposedHeaders) {
  CorsOptions options;
  options.credentials = true;
  options.exposed_headers = {"A", "B"};
  EXPECT_EQ(simple(options, {{"Origin", "https://a"}}), (Headers{{"Access-Control-Allow-Origin", "*"},
                                                                 {"Access-Control-Allow-Credentials", "true"},
                                                                 {"Access-Control-Expose-Headers", "A,B"}}));
}

TEST(Cors, PreflightAllowsTheHeadersAskedFor) {
  EXPECT_EQ(preflight({}, {{"Origin", "https://a"}, {"Access-Control-Request-Headers", "x-a, x-b"}}),
            (Headers{{"Access-Control-Allow-Headers", "x-a, x-b"},
                     {"Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE"},
                     {"Access-Control-Allow-Origin", "*"},
                     {"Content-Length", "0"},
                     {"Vary", "Access-Control-Request-Headers"}}));
}

TEST(Cors, PreflightNamesWhatIsConfigured) {
  CorsOptions options;
  options.credentials = true;
  options.exposed_headers = {"A", "B"};
  options.max_age_seconds = 0;
  options.allowed_headers = {"X", "Y"};
  options.methods = {"GET", "POST"};
  EXPECT_EQ(preflight(options, {{"Origin", "https://a"}}), (Headers{{"Access-Control-Allow-Credentials", "true"},
                                                                    {"Access-Control-Allow-Headers", "X,Y"},
                                                                    {"Access-Control-Allow-Methods", "GET,POST"},
                                                                    {"Access-Control-Allow-Origin", "*"},
                                                                    {"Access-Control-Expose-Headers", "A,B"},
                                                                    {"Access-Control-Max-Age", "0"},
                                                                    {"Content-Length", "0"}}));
}

TEST(Cors, PreflightOfAnOriginThatIsNotAllowedDoesNotNameIt) {
  CorsOptions options;
  options.origins = {"https://b"};
  EXPECT_EQ(preflight(options, {{"Origin", "https://a"}, {"Access-Control-Request-Headers", "q"}}),
            (Headers{{"Access-Control-Allow-Headers", "q"},
                     {"Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE"},
                     {"Content-Length", "0"},
                     {"Vary", "Origin, Access-Control-Request-Headers"}}));
}

}  // namespace
}  // namespace signaling::net
