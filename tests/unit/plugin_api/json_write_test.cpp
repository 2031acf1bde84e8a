#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/plugin_api/json_write.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api::json {
namespace {

TEST(JsonWrite, MakesObjects) {
  EXPECT_EQ(object().view(), "{}");
  EXPECT_EQ(object("id", "a\"b", "count", 3, "is_on", true, "ratio", 0.5, "none", nullptr).view(),
            R"({"id":"a\"b","count":3,"is_on":true,"ratio":0.5,"none":null})");
  const std::string key = "a\nkey";
  EXPECT_EQ(object(key, std::string_view("x")).view(), R"({"a\nkey":"x"})");
}

TEST(JsonWrite, MakesArrays) {
  EXPECT_EQ(array().view(), "[]");
  EXPECT_EQ(array("said", 1, false).view(), R"(["said",1,false])");
}

TEST(JsonWrite, PutsJsonIntoJsonAsItIs) {
  const Text inner = object("x", 1);
  EXPECT_EQ(array("a", inner, array(inner)).view(), R"(["a",{"x":1},[{"x":1}]])");
  EXPECT_EQ(object("data", raw(R"({"n":1.50})")).view(), R"({"data":{"n":1.50}})");
  EXPECT_EQ(array("a", raw(R"(1,"two")"), 3).view(), R"(["a",1,"two",3])") << "several values";
  EXPECT_EQ(array("a", raw(""), 3).view(), R"(["a",3])") << "and none: an event without arguments";
}

TEST(JsonWrite, TakesListsAndWhatMayBeMissing) {
  const std::vector<std::string> names{"a", "b\""};
  EXPECT_EQ(object("names", names, "none", std::vector<int>()).view(), R"({"names":["a","b\""],"none":[]})");
  EXPECT_EQ(array(std::optional<int>(4), std::optional<int>()).view(), "[4,null]");
  EXPECT_EQ(array(std::vector<Text>{object("a", 1), array()}).view(), R"([[{"a":1},[]]])");
}

TEST(JsonWrite, TakesWhatHasAName) { EXPECT_EQ(array(Status::not_found).view(), R"(["not-found"])"); }

TEST(JsonWrite, HasNoNumberForWhatIsNone) {
  EXPECT_EQ(array(std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()).view(), "[null,null]");
  EXPECT_EQ(array(std::numeric_limits<std::int64_t>::min(), 1e300).view(), "[-9223372036854775808,1e+300]");
}

}  // namespace
}  // namespace signaling::plugin_api::json
