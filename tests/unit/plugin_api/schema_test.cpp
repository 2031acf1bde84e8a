#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/plugin_api/schema.hpp>

namespace signaling::plugin_api {
namespace {

using namespace std::chrono_literals;

enum class Action { delay, drop, disconnect };

constexpr Schema schema(
    key<std::chrono::milliseconds>("timeout", "5s").range(10ms, 1h).reloadable().help("How long an answer is waited for."),
    key<std::uint16_t>("port", 4'222), key<std::int64_t>("offset", -7), key<std::uint32_t>("size", 10).range(1, 100),
    key<bool>("on", true), key<std::string>("text", "a \"b\"\\\n").length(0, 100).secret(),
    key<Action>("action", "drop").one_of("delay|drop|disconnect"),
    key<std::vector<std::string>>("sources", {"auth", "header"}).one_of("auth|header|cookie").elements(1, 4),
    key<std::vector<std::string>>("issuers", {}), key<std::optional<std::string>>("password"),
    key<std::vector<Config>>("rules").elements(0, 32), key<std::string>("rules.name").required().length(1, 64));

// As SIGNALING_PLUGIN takes it: ready before any code runs.
constinit const std::span<const ConfigKey> keys = schema;

const ConfigKey& find(std::string_view name) {
  for (const ConfigKey& each : keys) {
    if (each.name == name) return each;
  }
  throw std::out_of_range(std::string(name));
}

TEST(Schema, IsTheListOfItsKeys) {
  ASSERT_EQ(keys.size(), 12U);
  EXPECT_EQ(schema.size(), 12U);
  const ConfigKey& timeout = find("timeout");
  EXPECT_EQ(timeout.type, KeyType::duration);
  EXPECT_STREQ(timeout.default_value, "\"5s\"");
  EXPECT_EQ(timeout.min, 10);
  EXPECT_EQ(timeout.max, 3'600'000);
  EXPECT_TRUE(timeout.reloadable);
  EXPECT_FALSE(timeout.required);
  EXPECT_FALSE(timeout.secret);
  EXPECT_STREQ(timeout.help, "How long an answer is waited for.");
}

TEST(Schema, WritesDefaultsAsToml) {
  EXPECT_STREQ(find("port").default_value, "4222");
  EXPECT_STREQ(find("offset").default_value, "-7");
  EXPECT_STREQ(find("on").default_value, "true");
  EXPECT_STREQ(find("text").default_value, R"("a \"b\"\\\n")");
  EXPECT_STREQ(find("sources").default_value, R"(["auth", "header"])");
  EXPECT_STREQ(find("issuers").default_value, "[]");
  EXPECT_EQ(find("password").default_value, nullptr);
  EXPECT_EQ(find("rules").default_value, nullptr);
  EXPECT_EQ(find("rules.name").default_value, nullptr);
  static constexpr Schema extreme(key<std::int64_t>("least", std::numeric_limits<std::int64_t>::min()));
  EXPECT_STREQ(extreme.begin()->default_value, "-9223372036854775808");
}

TEST(Schema, HoldsValuesToWhatTheirTypesCanHold) {
  EXPECT_EQ(find("port").min, 0);
  EXPECT_EQ(find("port").max, 65'535);
  EXPECT_EQ(find("offset").max, 0) << "any integer";
  static constexpr Schema others(key<std::uint64_t>("a", 1), key<std::chrono::milliseconds>("b", "0s"),
                                 key<std::chrono::nanoseconds>("c", "1s"), key<std::int8_t>("d", 1));
  const auto at = [](std::size_t i) { return others.begin()[i]; };
  EXPECT_EQ(at(0).max, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(at(1).min, 0) << "durations are not negative";
  EXPECT_EQ(at(1).max, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(at(2).max, std::numeric_limits<std::int64_t>::max() / 1'000'000);
  EXPECT_EQ(at(3).min, -128);
}

TEST(Schema, KnowsListsAndWords) {
  EXPECT_EQ(find("action").type, KeyType::string);
  EXPECT_STREQ(find("action").allowed, "delay|drop|disconnect");
  EXPECT_EQ(find("sources").type, KeyType::string_list);
  EXPECT_EQ(find("sources").max, 4);
  EXPECT_EQ(find("rules").type, KeyType::table_list);
  EXPECT_EQ(find("rules").max, 32);
  EXPECT_TRUE(find("rules.name").required);
  EXPECT_TRUE(find("text").secret);
}

}  // namespace
}  // namespace signaling::plugin_api
