#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/protocol/json_text.hpp>
#include <signaling/protocol/placeholder.hpp>

#include "exact_bytes.hpp"

namespace signaling::protocol {
namespace {

bool accepts(std::string_view json, std::uint32_t count) {
  const ExactBytes exact(json);
  EXPECT_TRUE(is_json("[" + std::string(json) + "]", 1024)) << json;
  const auto checked = check_placeholders(exact.text(), count);
  EXPECT_TRUE(checked || checked.error() == PacketError::bad_placeholder);
  return checked.has_value();
}

TEST(CheckPlaceholders, WantsNumbersThatNameAnAttachment) {
  EXPECT_TRUE(accepts(R"(["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])", 2));
  EXPECT_FALSE(accepts(R"(["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])", 1));
  EXPECT_FALSE(accepts(R"(["a",{"_placeholder":true,"num":0}])", 0));
  EXPECT_TRUE(accepts(R"({"_placeholder":true,"num":9})", 10));
  EXPECT_FALSE(accepts(R"({"_placeholder":true,"num":10})", 10));
}

TEST(CheckPlaceholders, RefusesNumbersThatAreNone) {
  for (const std::string_view num : {"-1", "0.5", "1e9", "4294967296", "1e400", "-1e400", "\"0\"", "null", "true", "false",
                                     "[0]", "{}", "99999999999999999999"}) {
    EXPECT_FALSE(accepts(R"([{"_placeholder":true,"num":)" + std::string(num) + "}]", 10)) << num;
  }
  EXPECT_FALSE(accepts(R"([{"_placeholder":true}])", 10));
}

TEST(CheckPlaceholders, RefusesNumbersThatAreNoPlainDigits) {
  for (const std::string_view num : {"1.0", "1e0", "10e-1", "0.1e1", "-0", "0.0"}) {
    EXPECT_FALSE(accepts(R"([{"_placeholder":true,"num":)" + std::string(num) + "}]", 2)) << num;
  }
}

TEST(CheckPlaceholders, AllowsAnAttachmentToBeNamedTwiceOrNever) {
  EXPECT_TRUE(accepts(R"([{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}])", 1));
  EXPECT_TRUE(accepts(R"(["a"])", 3));
}

TEST(CheckPlaceholders, FindsThemAnywhere) {
  EXPECT_FALSE(accepts(R"({"a":[1,{"b":{"c":[{"_placeholder":true,"num":7}]}}]})", 7));
  EXPECT_FALSE(accepts(R"(1,"x",{"a":{"_placeholder":true,"num":7}})", 7));  // a list of arguments without brackets
  EXPECT_FALSE(accepts(" { \"num\" : 7 , \"x\" : [ ] , \"_placeholder\"\n:\ttrue } ", 7));
  EXPECT_FALSE(accepts(R"({"\u005fplaceholder":true,"num":7})", 7));
  EXPECT_FALSE(accepts(R"({"_placeholder":true,"n\u0075m":7})", 7));
  EXPECT_TRUE(accepts(R"({"_placeholder":true,"n\u0075m":7})", 8));
}

TEST(CheckPlaceholders, LeavesAloneWhatOnlyLooksLikeOne) {
  for (const std::string_view json :
       {R"(["{\"_placeholder\":true,\"num\":7}"])", R"({"_placeholder":false,"num":7})", R"({"_placeholder":"true","num":7})",
        R"({"_placeholder":1,"num":7})", R"({"_placeholder":null,"num":7})", R"({"_placeholder":[true],"num":7})",
        R"({"_placeholder":{"_placeholder":false},"num":7})", R"({"a":"_placeholder","b":true,"num":7})",
        R"(["_placeholder",true,7])",
        R"({"Placeholder":true,"_Placeholder":true,"_placeholder ":true,"_placeholde":true,"num":7})",
        R"({"_placeholder\u0000":true,"num":7})", R"({"a":{"num":7},"_placeholder":false})", R"({"num":7})"}) {
    EXPECT_TRUE(accepts(json, 1)) << json;
  }
}

TEST(CheckPlaceholders, LetsTheLastOfRepeatedKeysCount) {
  EXPECT_TRUE(accepts(R"({"_placeholder":true,"_placeholder":false,"num":7})", 1));
  EXPECT_FALSE(accepts(R"({"_placeholder":false,"_placeholder":true,"num":7})", 1));
  EXPECT_TRUE(accepts(R"({"_placeholder":true,"num":7,"num":0})", 1));
  EXPECT_FALSE(accepts(R"({"_placeholder":true,"num":0,"num":7})", 1));
  EXPECT_FALSE(accepts(R"({"_placeholder":true,"num":0,"num":"0"})", 1));
}

TEST(CheckPlaceholders, LooksAtNothingInsideAPlaceholder) {
  EXPECT_TRUE(accepts(R"({"_placeholder":true,"num":0,"x":{"_placeholder":true,"num":99}})", 1));
  EXPECT_TRUE(accepts(R"({"x":[{"_placeholder":true,"num":99}],"_placeholder":true,"num":0})", 1));
  EXPECT_FALSE(accepts(R"({"_placeholder":true,"num":0},{"x":{"_placeholder":true,"num":99}})", 1));
}

TEST(CheckPlaceholders, TakesTimeInProportionToTheText) {
  // Each level could be a placeholder until its end is seen.
  const std::string deep = repeat(R"({"_placeholder":true,"num":0,"a":)", 1000) + "1" + std::string(1000, '}');
  EXPECT_TRUE(accepts(deep, 1));
  EXPECT_TRUE(accepts("[" + repeat(R"({"_placeholder":true,"num":0},)", 30'000) + "0]", 1));
}

}  // namespace
}  // namespace signaling::protocol
