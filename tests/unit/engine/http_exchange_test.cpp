#include <string>
#include <support/fake_exchange.hpp>
#include <support/fake_loop.hpp>

#include <gtest/gtest.h>

#include <signaling/engine/http_exchange.hpp>

namespace signaling::engine {
namespace {

std::string value_of(std::string_view query, std::string_view name) {
  HttpRequest request;
  request.query = query;
  std::string value = "before";
  return request.query_value(name, value) ? value : "(absent)";
}

TEST(HttpRequestHeader, IsFoundWhateverItsCase) {
  HttpRequest request;
  request.headers = {{"Host", "a"}, {"ORIGIN", "https://b"}, {"origin", "https://c"}};
  EXPECT_EQ(request.header("origin"), "https://b");
  EXPECT_EQ(request.header("Host"), "a");
  EXPECT_EQ(request.header("Cookie"), "");
}

TEST(HttpRequestQuery, FindsValuesByName) {
  EXPECT_EQ(value_of("EIO=4&transport=polling&sid=abc", "transport"), "polling");
  EXPECT_EQ(value_of("EIO=4&transport=polling&sid=abc", "sid"), "abc");
  EXPECT_EQ(value_of("EIO=4", "EIO"), "4");
  EXPECT_EQ(value_of("EIO=4", "eio"), "(absent)");
  EXPECT_EQ(value_of("", "EIO"), "(absent)");
  EXPECT_EQ(value_of("xEIO=4&EIOx=5", "EIO"), "(absent)");
}

TEST(HttpRequestQuery, DecodesPercentAndPlusAsUrlSearchParamsDoes) {
  EXPECT_EQ(value_of("a=%41%62+c%2B", "a"), "Ab c+");
  EXPECT_EQ(value_of("%65io=4", "eio"), "4");
  EXPECT_EQ(value_of("a=%E2%82%AC", "a"), "\u20AC");
}

TEST(HttpRequestQuery, LeavesBrokenPercentSequencesAsTheyAre) {
  EXPECT_EQ(value_of("a=%", "a"), "%");
  EXPECT_EQ(value_of("a=%4", "a"), "%4");
  EXPECT_EQ(value_of("a=%zz%4x", "a"), "%zz%4x");
}

TEST(HttpRequestQuery, TakesTheLastOfSeveralValues) {
  EXPECT_EQ(value_of("a=1&b=2&a=3", "a"), "3");
  EXPECT_EQ(value_of("a=1&a", "a"), "");
}

TEST(HttpRequestQuery, ToleratesEmptyAndValuelessParts) {
  EXPECT_EQ(value_of("&&a=1&", "a"), "1");
  EXPECT_EQ(value_of("a", "a"), "");
  EXPECT_EQ(value_of("a=b=c", "a"), "b=c");
  EXPECT_EQ(value_of("=x", ""), "x");
}

}  // namespace
}  // namespace signaling::engine
