#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/plugin_api/schema.hpp>
#include <signaling/plugin_api/typed_config.hpp>
#include <signaling/server/plugin_config.hpp>

namespace signaling::server {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr ConfigKey schema[] = {
    {"url", KeyType::string, nullptr, 1, 100, nullptr, false, true, false, "where"},
    {"timeout", KeyType::duration, "\"5s\"", 1, 60'000, nullptr, true, false, false, "how long"},
};

const Environment no_environment = [](std::string_view) { return std::optional<std::string>(); };

struct Read {
  ConfigProblems problems;
  ConfigDocument document;
  std::unique_ptr<PluginConfig> config;
};

Read read(std::string_view toml) {
  Read result;
  result.document = parse_document(toml, "a.toml", {}, result.problems);
  result.config = std::make_unique<PluginConfig>("redis", schema, result.document, no_environment, result.problems);
  return result;
}

TEST(PluginConfig, HoldsTheTableToTheSchema) {
  const Read result = read("[plugins.redis]\nurl = \"redis://x\"\nrequired = false\n");
  EXPECT_THAT(result.problems.lines(), IsEmpty());
  EXPECT_EQ(result.config->table().string("url"), "redis://x");
  EXPECT_EQ(result.config->table().duration_ms("timeout"), 5000);
}

TEST(PluginConfig, TellsWhatIsWrongWithItsPlace) {
  const Read result = read("[plugins.redis]\ntimeuot = \"1s\"\ntimeout = \"2h\"\nrequired = 3\n");
  EXPECT_THAT(
      result.problems.lines(),
      ElementsAre(HasSubstr("a.toml:1:1: plugins.redis.url: is required"),
                  HasSubstr("a.toml:2:1: plugins.redis.timeuot: unknown key, did you mean plugins.redis.timeout?"),
                  HasSubstr("a.toml:3:11: plugins.redis.timeout: "), HasSubstr("a.toml:4:12: plugins.redis.required: ")));
}

TEST(PluginConfig, TakesDefaultsWhereThereIsNoTable) {
  const Read result = read("");
  EXPECT_THAT(result.problems.lines(), ElementsAre(HasSubstr("plugins.redis.url: is required")));
  EXPECT_EQ(result.config->table().duration_ms("timeout"), 5000);
}

TEST(IsRequired, IsTrueUnlessTheTableSaysOtherwise) {
  EXPECT_TRUE(is_required(nullptr, no_environment));
  for (const auto& [toml, expected] :
       std::initializer_list<std::pair<const char*, bool>>{{"", true},
                                                           {"required = true", true},
                                                           {"required = false", false},
                                                           {"required = 7", true},
                                                           {"required = \"${X:-false}\"", false}}) {
    const toml::table table = toml::parse(toml);
    EXPECT_EQ(is_required(&table, no_environment), expected) << toml;
  }
}

TEST(CheckSchema, AcceptsASoundOne) { EXPECT_THAT(check_schema(schema), IsEmpty()); }

TEST(CheckSchema, AcceptsWhatTheBuilderMakes) {
  using namespace std::chrono_literals;
  using plugin_api::Config;
  using plugin_api::key;
  enum class Word { one, other };
  static constexpr plugin_api::Schema built(
      key<std::chrono::milliseconds>("timeout", "5s").range(10ms, 1h), key<std::uint16_t>("port", 80),
      key<std::string>("text", "a \"b\"\\\n\t").length(1, 10), key<Word>("word", "other").one_of("one|other"),
      key<std::vector<std::string>>("list", {"a", "b, c"}), key<std::int64_t>("least", -9'223'372'036'854'775'807 - 1),
      key<std::vector<Config>>("tables").elements(0, 3), key<std::string>("tables.name").required());
  EXPECT_THAT(check_schema(built), IsEmpty());
  ConfigProblems problems;
  const auto document = parse_document("[[plugins.x.tables]]\nname = \"t\"\n", "a.toml", {}, problems);
  const PluginConfig values("x", built, document, no_environment, problems);
  ASSERT_THAT(problems.lines(), IsEmpty());
  const Config config(values.table(), built);
  EXPECT_EQ(config.get<std::chrono::milliseconds>("timeout"), 5s);
  EXPECT_EQ(config.get<std::uint16_t>("port"), 80);
  EXPECT_EQ(config.get<std::string>("text"), "a \"b\"\\\n\t");
  EXPECT_EQ(config.get<Word>("word"), Word::other);
  EXPECT_THAT(config.get<std::vector<std::string>>("list"), ElementsAre("a", "b, c"));
  EXPECT_EQ(config.get<std::int64_t>("least"), std::numeric_limits<std::int64_t>::min());
  ASSERT_EQ(config.get<std::vector<Config>>("tables").size(), 1u);
  EXPECT_EQ(config.get<std::vector<Config>>("tables").front().get<std::string>("name"), "t");
}

TEST(CheckSchema, FindsMistakesOfThePluginsAuthor) {
  const auto errors = [](ConfigKey key) { return check_schema(std::span(&key, 1)); };
  EXPECT_THAT(errors({nullptr, KeyType::string, nullptr, 0, 0, nullptr, false, false, false, ""}),
              Contains(HasSubstr("has no name")));
  EXPECT_THAT(errors({"a b", KeyType::string, nullptr, 0, 0, nullptr, false, false, false, ""}),
              Contains(HasSubstr("no TOML key")));
  EXPECT_THAT(errors({"a", static_cast<KeyType>(99), nullptr, 0, 0, nullptr, false, false, false, ""}),
              Contains(HasSubstr("unknown type")));
  EXPECT_THAT(errors({"a", KeyType::integer, nullptr, 9, 1, nullptr, false, false, false, ""}), Contains(HasSubstr("minimum")));
  EXPECT_THAT(errors({"a", KeyType::integer, "0", 1, 9, nullptr, false, false, false, ""}),
              Contains(HasSubstr("out of range")));
  EXPECT_THAT(errors({"a", KeyType::integer, "= ]", 0, 0, nullptr, false, false, false, ""}),
              Contains(HasSubstr("no TOML value")));
}

}  // namespace
}  // namespace signaling::server
