#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/plugin_api/json_read.hpp>

namespace signaling::plugin_api::json {
namespace {

using std::nullopt;

TEST(JsonRead, GivesValuesOfTheirTypes) {
  EXPECT_EQ(read<bool>("true"), true);
  EXPECT_EQ(read<bool>("false"), false);
  EXPECT_EQ(read<std::int64_t>("-7"), -7);
  EXPECT_EQ(read<double>("2.5e1"), 25.0);
  EXPECT_EQ(read<double>("3"), 3.0);
  EXPECT_EQ(read<std::string>(R"("a\u00e9\n")"), "a\u00e9\n");
  EXPECT_EQ(read<std::vector<std::string>>(R"([ "a" , "b" ])"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read<Value>("{}")->text(), "{}");
}

TEST(JsonRead, GivesNothingOfAnotherType) {
  EXPECT_EQ(read<bool>("1"), nullopt);
  EXPECT_EQ(read<bool>("null"), nullopt);
  EXPECT_EQ(read<std::int64_t>("\"7\""), nullopt);
  EXPECT_EQ(read<std::int64_t>("7.0"), nullopt);
  EXPECT_EQ(read<std::int64_t>("1e3"), nullopt);
  EXPECT_EQ(read<double>("\"1\""), nullopt);
  EXPECT_EQ(read<double>("inf"), nullopt);
  EXPECT_EQ(read<std::string>("7"), nullopt);
  EXPECT_EQ(read<std::vector<std::int64_t>>("[1,\"2\"]"), nullopt);
  EXPECT_EQ(read<std::vector<std::int64_t>>("{}"), nullopt);
}

TEST(JsonRead, HoldsNumbersToTheirTypes) {
  EXPECT_EQ(read<std::uint8_t>("255"), 255);
  EXPECT_EQ(read<std::uint8_t>("256"), nullopt);
  EXPECT_EQ(read<std::uint32_t>("-1"), nullopt);
  EXPECT_EQ(read<std::int64_t>("9223372036854775808"), nullopt);
  EXPECT_EQ(read<std::uint64_t>("18446744073709551615"), 18'446'744'073'709'551'615U);
}

TEST(JsonRead, TellsNullFromAWrongType) {
  using Maybe = std::optional<std::int64_t>;
  const auto is_read_as = [](std::string_view slice, Maybe expected) {
    const std::optional<Maybe> value = read<Maybe>(slice);
    return value.has_value() && *value == expected;
  };
  EXPECT_TRUE(is_read_as("null", nullopt));
  EXPECT_TRUE(is_read_as("", nullopt)) << "not there";
  EXPECT_TRUE(is_read_as("4", 4));
  EXPECT_FALSE(read<Maybe>("\"4\"").has_value());
  EXPECT_EQ(read<std::string>(""), nullopt) << "not there";
}

TEST(JsonValue, WalksObjectsAndArrays) {
  const Value value(R"({"room":"a","peers":[{"id":"x"},{"id":"y"}],"room":"b","none":null})");
  EXPECT_EQ(value["room"].as<std::string>(), "b") << "the last of a name, as in JSON.parse";
  EXPECT_EQ(value["peers"].at(1)["id"].as<std::string>(""), "y");
  EXPECT_FALSE(value["peers"].at(2).exists());
  EXPECT_FALSE(value["peers"]["id"].exists());
  EXPECT_FALSE(value["room"].at(0).exists());
  EXPECT_FALSE(Value()["a"].at(0).exists());
  EXPECT_TRUE(value["none"].exists());
  EXPECT_EQ(value["none"].type(), Type::null);
  EXPECT_EQ(value["absent"].as<std::int64_t>(5), 5);
  EXPECT_EQ(value["room"].as<std::int64_t>(5), 5);
}

TEST(JsonArgs, AreReadInOrder) {
  const auto args = read_args<std::string, std::int64_t, std::optional<bool>>(R"( "a" , 3 )");
  ASSERT_TRUE(args);
  EXPECT_EQ(*args, (std::tuple<std::string, std::int64_t, std::optional<bool>>("a", 3, nullopt)));
  EXPECT_TRUE((read_args<std::string>(R"("a",3,4)"))) << "further ones are ignored";
  EXPECT_TRUE(read_args<>(""));
}

TEST(JsonArgs, AreAllThereOrNone) {
  EXPECT_FALSE((read_args<std::string, std::int64_t>(R"("a")")));
  EXPECT_FALSE((read_args<std::string, std::int64_t>(R"("a","b")")));
  EXPECT_FALSE((read_args<std::string, std::optional<std::int64_t>>(R"("a","b")")));
  EXPECT_FALSE(read_args<std::string>(""));
}

}  // namespace
}  // namespace signaling::plugin_api::json
