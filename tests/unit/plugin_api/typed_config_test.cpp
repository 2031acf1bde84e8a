#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/plugin_api/schema.hpp>
#include <signaling/plugin_api/typed_config.hpp>
#include <signaling/test_kit/fake_config.hpp>

namespace signaling::plugin_api {
namespace {

using namespace std::chrono_literals;
using signaling::testing::FakeConfig;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

enum class Action { delay, drop, disconnect };

constexpr Schema schema(key<std::chrono::milliseconds>("timeout", "5s"), key<bool>("on", true),
                        key<std::int64_t>("number", 70'000), key<std::string>("text", "hello"),
                        key<Action>("action", "drop").one_of("delay|drop|disconnect"),
                        key<std::vector<std::string>>("names", {"a", "b"}), key<std::optional<std::int32_t>>("limit"),
                        key<std::vector<Config>>("rules"), key<std::string>("rules.name").required(),
                        key<std::uint32_t>("rules.rate", 3));

/// What reading throws, or nothing.
template <class T>
std::string error_of(const Config& config, std::string_view name) {
  try {
    static_cast<void>(config.get<T>(name));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

TEST(Config, GivesDefaults) {
  const FakeConfig view(schema);
  const Config config(view, schema);
  EXPECT_EQ(config.get<std::chrono::milliseconds>("timeout"), 5s);
  EXPECT_TRUE(config.get<bool>("on"));
  EXPECT_EQ(config.get<std::int64_t>("number"), 70'000);
  EXPECT_EQ(config.get<std::string>("text"), "hello");
  EXPECT_EQ(config.get<Action>("action"), Action::drop);
  EXPECT_THAT(config.get<std::vector<std::string>>("names"), ElementsAre("a", "b"));
  EXPECT_EQ(config.get<std::optional<std::int32_t>>("limit"), std::nullopt);
  EXPECT_FALSE(config.has("limit"));
  EXPECT_TRUE(config.has("text"));
  EXPECT_THAT(config.get<std::vector<Config>>("rules"), IsEmpty());
}

TEST(Config, GivesWhatIsConfigured) {
  const FakeConfig view(schema, R"(
timeout = "250ms"
on = false
number = -3
text = ""
action = "disconnect"
names = []
limit = 7
rules = [{name = "one"}, {name = "two", rate = 9}]
)");
  const Config config(view, schema);
  EXPECT_EQ(config.get<std::chrono::milliseconds>("timeout"), 250ms);
  EXPECT_EQ(config.get<std::chrono::nanoseconds>("timeout"), 250ms) << "a finer type";
  EXPECT_EQ(config.get<std::chrono::duration<double>>("timeout").count(), 0.25);
  EXPECT_FALSE(config.get<bool>("on"));
  EXPECT_EQ(config.get<std::int8_t>("number"), -3);
  EXPECT_EQ(config.get<std::optional<std::string>>("text"), "");
  EXPECT_EQ(config.get<Action>("action"), Action::disconnect);
  EXPECT_THAT(config.get<std::vector<std::string>>("names"), IsEmpty());
  EXPECT_EQ(config.get<std::optional<std::int32_t>>("limit"), 7);
  const auto rules = config.get<std::vector<Config>>("rules");
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0].get<std::string>("name"), "one");
  EXPECT_EQ(rules[0].get<std::uint32_t>("rate"), 3U);
  EXPECT_EQ(rules[1].get<std::uint32_t>("rate"), 9U);
}

TEST(Config, RefusesAKeyThatTheSchemaLacks) {
  const FakeConfig view(schema, "rules = [{name = \"one\"}]");
  const Config config(view, schema);
  EXPECT_EQ(error_of<bool>(config, "of"), "key \"of\" is not in the plugin's schema");
  EXPECT_EQ(error_of<std::string>(config, "name"), "key \"name\" is not in the plugin's schema");
  EXPECT_THROW(static_cast<void>(config.has("of")), ConfigError);
  const Config rule = config.get<std::vector<Config>>("rules").front();
  EXPECT_EQ(error_of<bool>(rule, "on"), "key \"rules.on\" is not in the plugin's schema");
}

TEST(Config, RefusesAnotherType) {
  const FakeConfig view(schema);
  const Config config(view, schema);
  EXPECT_EQ(error_of<std::int64_t>(config, "timeout"), "key \"timeout\" is a duration, and was read as an integer");
  EXPECT_EQ(error_of<std::optional<bool>>(config, "text"), "key \"text\" is a string, and was read as a boolean");
  EXPECT_EQ(error_of<std::vector<std::string>>(config, "rules"),
            "key \"rules\" is a list of tables, and was read as a list of strings");
}

TEST(Config, RefusesWhatDoesNotFit) {
  const FakeConfig view(schema, "number = 70_000\ntimeout = \"9999999h\"");
  const Config config(view, schema);
  EXPECT_EQ(error_of<std::uint16_t>(config, "number"),
            "key \"number\" is 70000, which the type that it was read as cannot hold (0 to 65535): give the key a range");
  EXPECT_EQ(error_of<std::chrono::nanoseconds>(config, "timeout"),
            "key \"timeout\" is too long for the type that it was read as: give the key a range");
  const FakeConfig negative(schema, "number = -1");
  EXPECT_NE(error_of<std::uint64_t>(Config(negative, schema), "number"), "");
}

TEST(Config, RefusesWhatIsNotThere) {
  const FakeConfig view(schema);
  EXPECT_EQ(error_of<std::int32_t>(Config(view, schema), "limit"),
            "key \"limit\" is left out and has no default: read it as std::optional, or ask has()");
}

TEST(Config, RefusesAWordThatNoEnumeratorStandsFor) {
  constexpr ConfigKey keys[] = {{"word", KeyType::string, "\"other\"", 0, 0, nullptr, false, false, false, ""}};
  const FakeConfig view(keys);
  EXPECT_EQ(error_of<Action>(Config(view, keys), "word"), "key \"word\" is none of the words that its schema allows");
}

}  // namespace
}  // namespace signaling::plugin_api
