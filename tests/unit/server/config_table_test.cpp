#include <limits>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/server/config_document.hpp>
#include <signaling/server/config_table.hpp>

namespace signaling::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t no_maximum = std::numeric_limits<std::int64_t>::max();

const ConfigKey schema[] = {
    {"name", KeyType::string, nullptr, 1, 8, nullptr, false, false, false, ""},
    {"level", KeyType::string, "\"info\"", 0, 0, "debug|info|warn", false, false, false, ""},
    {"port", KeyType::integer, "3000", 1, 65535, nullptr, false, false, false, ""},
    {"size", KeyType::integer, "10", 1, no_maximum, nullptr, false, false, false, ""},
    {"enabled", KeyType::boolean, "true", 0, 0, nullptr, false, false, false, ""},
    {"wait", KeyType::duration, "\"25s\"", 1'000, 3'600'000, nullptr, false, false, false, ""},
    {"words", KeyType::string_list, "[\"a\"]", 0, 3, "a|b|c", false, false, false, ""},
    {"secret", KeyType::string, nullptr, 0, 0, nullptr, false, false, true, ""},
    {"pin", KeyType::integer, nullptr, 1, 9, nullptr, false, false, true, ""},
    {"tls.key", KeyType::string, nullptr, 0, 0, nullptr, false, false, false, ""},
    {"levels.*", KeyType::string, nullptr, 0, 0, "debug|info|warn", false, false, false, ""},
    {"servers", KeyType::table_list, nullptr, 0, 2, nullptr, false, false, false, ""},
    {"servers.url", KeyType::string, nullptr, 0, 0, nullptr, false, true, false, ""},
    {"servers.weight", KeyType::integer, "1", 1, 10, nullptr, false, false, false, ""},
};

std::optional<std::string> test_environment(std::string_view name) {
  if (name == "PORT") return "3101";
  if (name == "BIG") return "99999";
  if (name == "NO") return "false";
  if (name == "WORDS") return "b, c";
  if (name == "WAIT") return "2s";
  return std::nullopt;
}

class ConfigTableTest : public ::testing::Test {
 protected:
  ConfigTable read(std::string_view text, std::vector<std::string> settings = {}) {
    const ConfigDocument document = parse_document(text, "f.toml", settings, problems_);
    return ConfigTable(schema, {&document.root, "", document.place()}, test_environment, problems_);
  }
  std::vector<std::string> errors(std::string_view text, std::vector<std::string> settings = {}) {
    read(text, std::move(settings));
    return problems_.lines();
  }
  ConfigProblems problems_;
};

TEST_F(ConfigTableTest, FillsDefaultsIn) {
  const ConfigTable table = read("");
  EXPECT_THAT(problems_.lines(), IsEmpty());
  EXPECT_EQ(table.string("level"), "info");
  EXPECT_EQ(table.integer("port"), 3000);
  EXPECT_TRUE(table.boolean("enabled"));
  EXPECT_EQ(table.duration_ms("wait"), 25'000);
  EXPECT_THAT(table.strings("words"), ElementsAre("a"));
  EXPECT_FALSE(table.has("name"));
  EXPECT_FALSE(table.is_configured("port"));
  EXPECT_EQ(table.size("servers"), 0u);
}

TEST_F(ConfigTableTest, ReadsEveryType) {
  const ConfigTable table = read(R"(
name = "n1"
port = 1
size = 1_000_000
enabled = false
wait = "2m"
words = ["b", "c"]
tls.key = "k.pem"
[levels]
net = "debug"
"odd name" = "warn"
[[servers]]
url = "one"
[[servers]]
url = "two"
weight = 3
)");
  EXPECT_THAT(problems_.lines(), IsEmpty());
  EXPECT_EQ(table.string("name"), "n1");
  EXPECT_EQ(table.integer("port"), 1);
  EXPECT_EQ(table.integer("size"), 1'000'000);
  EXPECT_FALSE(table.boolean("enabled"));
  EXPECT_EQ(table.duration_ms("wait"), 120'000);
  EXPECT_EQ(table.size("words"), 2u);
  EXPECT_EQ(table.string_at("words", 1), "c");
  EXPECT_EQ(table.string_at("words", 2), "");
  EXPECT_EQ(table.string("tls.key"), "k.pem");
  EXPECT_THAT(table.entries("levels"), ElementsAre(std::pair{"net", "debug"}, std::pair{"odd name", "warn"}));
  ASSERT_EQ(table.size("servers"), 2u);
  EXPECT_EQ(table.table_at("servers", 0)->integer("weight"), 1);
  EXPECT_EQ(table.table_at("servers", 1)->string("url"), "two");
  EXPECT_EQ(table.table_at("servers", 2), nullptr);
}

TEST_F(ConfigTableTest, ReportsEveryProblemInOrderOfPlace) {
  EXPECT_THAT(
      errors("wait = \"25x\"\nport = 0\nenabled = 1\nprot = 1\n"),
      ElementsAre(
          "f.toml:1:8: wait: \"25x\" is no duration, allowed: a duration such as \"25s\" (units ms, s, m, h) from 1s to 1h",
          "f.toml:2:8: port: 0 is out of range, allowed: an integer from 1 to 65535",
          "f.toml:3:11: enabled: found an integer, allowed: true or false",
          "f.toml:4:1: prot: unknown key, did you mean port?"));
}

TEST_F(ConfigTableTest, RefusesWrongTypes) {
  EXPECT_THAT(
      errors("name = 3\nport = \"80\"\nsize = 1.5\nwait = 25\nwords = \"a\"\ntls = 1\nservers = 2\nenabled = \"true\"\n"),
      ElementsAre("f.toml:1:8: name: found an integer, allowed: a string from 1 to 8 bytes long",
                  "f.toml:2:8: port: found a string, allowed: an integer from 1 to 65535",
                  "f.toml:3:8: size: found a number with a fraction, allowed: an integer of at least 1",
                  "f.toml:4:8: wait: found an integer, allowed: a duration such as \"25s\" (units ms, s, m, h) from 1s to 1h",
                  "f.toml:5:9: words: found a string, allowed: a list of strings out of a, b, c, from 0 to 3 elements",
                  "f.toml:6:7: tls: found an integer, allowed: a table ([tls])",
                  "f.toml:7:11: servers: found an integer, allowed: tables ([[servers]]), from 0 to 2 of them",
                  "f.toml:8:11: enabled: found a string, allowed: true or false"));
}

TEST_F(ConfigTableTest, RefusesValuesOutOfRange) {
  EXPECT_THAT(
      errors("name = \"\"\nlevel = \"loud\"\nsize = 0\nwait = \"2h\"\nwords = [\"a\", \"d\", 1]\n"),
      ElementsAre(
          "f.toml:1:8: name: is 0 bytes long, allowed: a string from 1 to 8 bytes long",
          "f.toml:2:9: level: \"loud\" is not known, allowed: debug, info, warn",
          "f.toml:3:8: size: 0 is out of range, allowed: an integer of at least 1",
          "f.toml:4:8: wait: \"2h\" is out of range, allowed: a duration such as \"25s\" (units ms, s, m, h) from 1s to 1h",
          "f.toml:5:15: words: \"d\" is not known, allowed: a list of strings out of a, b, c, from 0 to 3 elements",
          "f.toml:5:20: words: found an integer in the list, allowed: a list of strings out of a, b, c, from 0 to 3 elements"));
}

TEST_F(ConfigTableTest, ListsWhatIsKnownWhereNothingIsNear) {
  EXPECT_THAT(
      errors("[tls]\ncolour = 1\n[zzzzzz]\n"),
      ElementsAre("f.toml:2:1: tls.colour: unknown key, allowed here: key",
                  "f.toml:3:2: zzzzzz: unknown table, allowed here: name, level, port, size, enabled, wait, words, secret, "
                  "pin, tls, levels, servers"));
}

TEST_F(ConfigTableTest, HoldsElementsOfTableListsToTheirSchema) {
  EXPECT_THAT(errors("[[servers]]\nweight = 11\nurll = \"x\"\n"),
              ElementsAre("f.toml:1:1: servers.url: is required, allowed: a string",
                          "f.toml:2:10: servers.weight: 11 is out of range, allowed: an integer from 1 to 10",
                          "f.toml:3:1: servers.urll: unknown key, did you mean servers.url?"));
}

TEST_F(ConfigTableTest, TakesAnyTypeFromTheEnvironment) {
  const ConfigTable table =
      read("port = \"${PORT}\"\nenabled = \"${NO}\"\nwait = \"${WAIT}\"\nwords = \"${WORDS}\"\nsize = \"${NONE:-7}\"\n");
  EXPECT_THAT(problems_.lines(), IsEmpty());
  EXPECT_EQ(table.integer("port"), 3101);
  EXPECT_FALSE(table.boolean("enabled"));
  EXPECT_EQ(table.duration_ms("wait"), 2'000);
  EXPECT_THAT(table.strings("words"), ElementsAre("b", "c"));
  EXPECT_EQ(table.integer("size"), 7);
}

TEST_F(ConfigTableTest, ChecksWhatCameFromTheEnvironment) {
  EXPECT_THAT(
      errors("port = \"${BIG}\"\nenabled = \"${PORT}\"\nsize = \"${NO}\"\nname = \"${NONE}\"\nwords = [\"${NONE}\"]\n"),
      ElementsAre("f.toml:1:8: port: 99999 is out of range, allowed: an integer from 1 to 65535",
                  "f.toml:2:11: enabled: \"3101\" is no boolean, allowed: true or false",
                  "f.toml:3:8: size: \"false\" is no integer, allowed: an integer of at least 1",
                  "f.toml:4:8: name: environment variable NONE is not set and ${NONE} names no default, allowed: set it, or "
                  "write ${NONE:-default}",
                  "f.toml:5:10: words: environment variable NONE is not set and ${NONE} names no default, allowed: set it, "
                  "or write ${NONE:-default}"));
}

TEST_F(ConfigTableTest, LetsTheCommandLineOverrideAnyKey) {
  const ConfigTable table = read("port = 1\nname = \"a\"\n[[servers]]\nurl = \"x\"\n",
                                 {"port=2", "port=3", "name=123", "wait=5s", "words=[\"b\"]", "tls.key=k", "enabled=false",
                                  "servers=[]", "levels.net=debug", "size=${PORT}"});
  EXPECT_THAT(problems_.lines(), IsEmpty());
  EXPECT_EQ(table.integer("port"), 3);
  EXPECT_EQ(table.string("name"), "123");
  EXPECT_EQ(table.duration_ms("wait"), 5'000);
  EXPECT_THAT(table.strings("words"), ElementsAre("b"));
  EXPECT_EQ(table.string("tls.key"), "k");
  EXPECT_FALSE(table.boolean("enabled"));
  EXPECT_EQ(table.size("servers"), 0u);
  EXPECT_THAT(table.entries("levels"), ElementsAre(std::pair{"net", "debug"}));
  EXPECT_EQ(table.integer("size"), 3101);
}

TEST_F(ConfigTableTest, NamesTheSettingInErrors) {
  EXPECT_THAT(
      errors("", {"port=0", "wait=soon", "prot=1", "tls={kye=\"a\"}", "words=a,d", "port.x=1"}),
      ElementsAre("--set port.x: port: found a table, allowed: an integer from 1 to 65535",
                  "--set prot: unknown key, did you mean port?", "--set tls: tls.kye: unknown key, did you mean tls.key?",
                  "--set wait: \"soon\" is no duration, allowed: a duration such as \"25s\" (units ms, s, m, h) from 1s to 1h",
                  "--set words: \"d\" is not known, allowed: a list of strings out of a, b, c, from 0 to 3 elements"));
}

TEST_F(ConfigTableTest, NeverShowsSecrets) {
  for (const std::string& line : errors("pin = 77\nsecret = \"${hush-hush}\"\nname = 3\n", {})) {
    EXPECT_EQ(line.find("77"), std::string::npos) << line;
    EXPECT_EQ(line.find("hush"), std::string::npos) << line;
  }
  EXPECT_EQ(problems_.size(), 3u);
}

TEST_F(ConfigTableTest, PrintsWhatReadsBackTheSame) {
  const ConfigTable table = read(R"(
name = "a${PORT}"
level = "debug"
wait = "90s"
words = []
secret = "hush"
tls.key = 'C:\$${x} "q"'
[levels]
net = "debug"
"odd name" = "warn"
[[servers]]
url = "one"
[[servers]]
url = "two"
)");
  ASSERT_THAT(problems_.lines(), IsEmpty());
  std::ostringstream first;
  table.print(first);
  EXPECT_EQ(first.str().find("hush"), std::string::npos);
  EXPECT_NE(first.str().find("secret = \"***\""), std::string::npos);
  const ConfigTable again = read(first.str());
  EXPECT_THAT(problems_.lines(), IsEmpty()) << first.str();
  EXPECT_EQ(again.string("name"), "a3101");
  EXPECT_EQ(again.string("tls.key"), "C:\\${x} \"q\"");
  EXPECT_EQ(again.size("servers"), 2u);
  std::ostringstream second;
  again.print(second);
  EXPECT_EQ(first.str(), second.str());
  for (const ConfigKey& key : schema) {
    const std::string_view name = key.name;
    const std::size_t dot = name.rfind('.');
    const std::string last(name.substr(dot == std::string_view::npos ? 0 : dot + 1));
    if (last == "*" || key.type == KeyType::table_list) continue;
    EXPECT_NE(first.str().find(last + " = "), std::string::npos) << name;
  }
}

TEST_F(ConfigTableTest, NamesAPluginsTableInItsMessages) {
  const ConfigDocument document =
      parse_document("[plugins]\nadapter = \"x\"\n[plugins.x]\nprot = 1\nname = 4\n", "f.toml", {}, problems_);
  ASSERT_EQ(document.plugins.size(), 1u);
  const ConfigTable table(schema, {&document.plugins.at("x"), "plugins.x", document.place()}, test_environment, problems_);
  EXPECT_THAT(problems_.lines(),
              ElementsAre("f.toml:4:1: plugins.x.prot: unknown key, did you mean plugins.x.port?",
                          "f.toml:5:8: plugins.x.name: found an integer, allowed: a string from 1 to 8 bytes long"));
  std::ostringstream out;
  table.print(out);
  EXPECT_TRUE(out.str().starts_with("[plugins.x]\n")) << out.str();
  EXPECT_NE(out.str().find("\n[plugins.x.tls]\n"), std::string::npos) << out.str();
}

}  // namespace
}  // namespace signaling::server
