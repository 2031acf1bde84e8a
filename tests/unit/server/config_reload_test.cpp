#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signaling/server/config.hpp>
#include <signaling/server/plugin_config.hpp>

namespace signaling::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::optional<std::string> no_environment(std::string_view) { return std::nullopt; }

Configuration configuration(const std::string& text, std::vector<std::string> settings = {}) {
  ConfigProblems problems;
  Configuration read = check_configuration(parse_document(text, "test.toml", settings, problems), no_environment, problems);
  EXPECT_THAT(problems.lines(), IsEmpty());
  return read;
}

std::vector<std::string> texts(const std::vector<ConfigChange>& changes) {
  std::vector<std::string> lines;
  for (const ConfigChange& change : changes) lines.push_back(change.text() + (change.needs_restart ? " (restart)" : ""));
  return lines;
}

TEST(ConfigChanges, NameEachKeyWithBothValues) {
  const Configuration before = configuration("[listen]\nport = 3000\n[limits]\nidle_timeout = \"65s\"\n");
  const Configuration after = configuration(
      "[listen]\nport = 3001\n[limits]\nidle_timeout = \"30s\"\n[cors]\norigins = [\"https://a\"]\n[log.components]\nnet = "
      "\"debug\"\n");
  EXPECT_THAT(texts(before.table.changes_to(after.table)),
              ElementsAre("cors.origins: [\"*\"] -> [\"https://a\"]", "limits.idle_timeout: \"65s\" -> \"30s\"",
                          "listen.port: 3000 -> 3001 (restart)", "log.components.net: (none) -> \"debug\""));
  EXPECT_THAT(texts(after.table.changes_to(after.table)), IsEmpty());
}

TEST(ConfigChanges, AreOfValuesAndNotOfTheWayTheyAreWritten) {
  const Configuration before = configuration("");
  const Configuration after = configuration("[limits]\nidle_timeout = \"65000ms\"\nmax_connections = 1_000_000\n");
  EXPECT_THAT(texts(before.table.changes_to(after.table)), IsEmpty());
}

TEST(ConfigChanges, NeverShowASecret) {
  const Configuration before = configuration("[admin]\ntoken = \"one secret of many\"\n");
  const Configuration after = configuration("[admin]\ntoken = \"another secret of many\"\n");
  EXPECT_THAT(texts(before.table.changes_to(after.table)), ElementsAre("admin.token: \"***\" -> \"***\""));
}

TEST(MergeReloadable, TakesWhatMayChangeAndKeepsTheRest) {
  const Configuration before = configuration("[listen]\nport = 3000\n[log.components.plugin]\nx = \"debug\"\n");
  const Configuration after =
      configuration("[listen]\nport = 3001\n[limits]\nidle_timeout = \"30s\"\n[log.components.plugin]\ny = \"debug\"\n");
  ConfigProblems problems;
  const Configuration merged = merge_reloadable(before, after, problems);
  EXPECT_THAT(problems.lines(), IsEmpty());
  EXPECT_EQ(merged.server.net.endpoints.front().port, 3000);
  EXPECT_EQ(merged.server.net.http.keep_alive_timeout, base::Milliseconds(30'000));
  EXPECT_FALSE(merged.server.log.components.contains("plugin.x"));
  EXPECT_TRUE(merged.server.log.components.contains("plugin.y"));
  // What is still to come is told at every reload.
  EXPECT_THAT(texts(merged.table.changes_to(after.table)), ElementsAre("listen.port: 3000 -> 3001 (restart)"));
}

TEST(MergeReloadable, NeitherSwitchesTlsOnNorOff) {
  const std::string tls = "[listen.tls]\ncertificate_file = \"a.pem\"\nkey_file = \"a.key\"\n";
  ConfigProblems problems;
  EXPECT_TRUE(merge_reloadable(configuration(tls), configuration(""), problems).server.tls.has_value());
  EXPECT_FALSE(merge_reloadable(configuration(""), configuration(tls), problems).server.tls.has_value());
  const std::string other = "[listen.tls]\ncertificate_file = \"b.pem\"\nkey_file = \"b.key\"\n";
  EXPECT_EQ(merge_reloadable(configuration(tls), configuration(other), problems).server.tls->key_file, "b.key");
  EXPECT_THAT(problems.lines(), IsEmpty());
}

TEST(MergeReloadable, ChecksWhatComesIntoForceTogether) {
  // Path and page swap names, which takes a restart for both, so nothing collides; a bound that may change meets one of before.
  const Configuration before = configuration("[www]\nenabled = true\nurl_path = \"/a\"\n");
  const Configuration after = configuration("[engine]\npath = \"/a\"\n[www]\nenabled = true\nurl_path = \"/b\"\n");
  ConfigProblems problems;
  EXPECT_EQ(merge_reloadable(before, after, problems).server.www.url_path, "/a/");
  EXPECT_THAT(problems.lines(), IsEmpty());
}

TEST(TakeReloadable, TakesAllButTheNumberOfEventLoops) {
  Configuration running = configuration("[listen]\nworkers = 2\n");
  const Configuration fresh = configuration("[limits]\nidle_timeout = \"30s\"\n[admin]\nready_when_degraded = false\n");
  ConfigProblems problems;
  Configuration merged = merge_reloadable(running, fresh, problems);
  merged.server.net.workers = 7;
  take_reloadable(running, std::move(merged));
  EXPECT_EQ(running.server.net.workers, 2u);
  EXPECT_EQ(running.server.net.http.keep_alive_timeout, base::Milliseconds(30'000));
  EXPECT_FALSE(running.server.admin.ready_when_degraded);
  EXPECT_THAT(texts(running.table.changes_to(fresh.table)), ElementsAre("listen.workers: 2 -> 0 (restart)"));
}

constexpr ConfigKey plugin_schema[] = {
    {"size", KeyType::integer, "1", 0, 0, nullptr, true, false, false, "Size."},
    {"name", KeyType::string, "\"a\"", 0, 0, nullptr, false, false, false, "Name."},
    {"servers", KeyType::table_list, nullptr, 0, 8, nullptr, true, false, false, "Servers."},
    {"servers.url", KeyType::string, nullptr, 0, 0, nullptr, true, true, false, "URL."},
    {"servers.password", KeyType::string, nullptr, 0, 0, nullptr, true, false, true, "Password."},
};

std::unique_ptr<PluginConfig> plugin_config(const std::string& body) {
  ConfigProblems problems;
  const ConfigDocument document = parse_document(body, "test.toml", {}, problems);
  auto config = std::make_unique<PluginConfig>("x", plugin_schema, document, no_environment, problems);
  EXPECT_THAT(problems.lines(), IsEmpty());
  return config;
}

TEST(PluginConfigReload, KeepsFixedKeysAndOutlivesTheTableTheyCameFrom) {
  auto before = plugin_config("[plugins.x]\nsize = 1\nname = \"a\"\n[[plugins.x.servers]]\nurl = \"u1\"\npassword = \"p1\"\n");
  const auto after =
      plugin_config("[plugins.x]\nsize = 2\nname = \"b\"\n[[plugins.x.servers]]\nurl = \"u1\"\npassword = \"p2\"\n");
  const std::vector<std::string> changes = texts(before->table().changes_to(after->table()));
  EXPECT_THAT(changes,
              ElementsAre("plugins.x.name: \"a\" -> \"b\" (restart)",
                          "plugins.x.servers: [{password = \"***\", url = \"u1\"}] -> [{password = \"***\", url = \"u1\"}]",
                          "plugins.x.size: 1 -> 2"));
  after->keep_fixed_keys_of(*before);
  before.reset();
  EXPECT_EQ(after->table().integer("size"), 2);
  EXPECT_EQ(after->table().string("name"), "a");
  EXPECT_EQ(after->table().table_at("servers", 0)->string("password"), "p2");
  std::ostringstream out;
  after->table().print(out);
  EXPECT_THAT(out.str(), HasSubstr("# Size. [reloadable]\nsize = 2\n"));
  EXPECT_THAT(out.str(), HasSubstr("# Name.\nname = \"a\"\n"));
}

TEST(ReloadReport, IsJson) {
  ReloadReport report;
  report.changes = {{"a.b", "1", "\"x\"", false}, {"c", "2", "3", true}};
  report.notes = {"read"};
  EXPECT_EQ(report.json(),
            "{\"status\":\"reloaded\",\"changed\":[{\"key\":\"a.b\",\"old\":\"1\",\"new\":\"\\\"x\\\"\"}],"
            "\"needs_restart\":[{\"key\":\"c\",\"old\":\"2\",\"new\":\"3\"}],\"notes\":[\"read\"]}\n");
  report.problems = {"f:1:2: bad"};
  EXPECT_EQ(report.json(), "{\"status\":\"refused\",\"problems\":[\"f:1:2: bad\"]}\n");
}

}  // namespace
}  // namespace signaling::server
