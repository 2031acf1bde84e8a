// The life of plugins that work, in the order and on the thread that the plugin border promises.

#include <signaling/server/absent_services.hpp>
#include <signaling/server/plugin_list.hpp>

#include "registry_test.hpp"

namespace signaling::test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class PluginLife : public RegistryTest {
 protected:
  /// The calls that recorder plugins noted, as `plugin call` in order.
  std::vector<std::string> recorded() const {
    std::vector<std::string> calls;
    std::istringstream lines(log());
    for (std::string line; std::getline(lines, line);) {
      constexpr std::string_view before = "info plugin.";
      constexpr std::string_view between = ": recorded ";
      const std::size_t at = line.find(between);
      if (at != std::string::npos)
        calls.push_back(line.substr(before.size(), at - before.size()) + " " + line.substr(at + between.size()));
    }
    return calls;
  }

  std::string listed(const std::string& name) {
    const std::vector<std::filesystem::path> directories{plugin_directory};
    for (const server::ListedPlugin& plugin : server::list_plugins(directories)) {
      if (plugin.name == name) return plugin.kind + "|" + plugin.version + "|" + plugin.api + "|" + plugin.problem;
    }
    return "not listed";
  }
};

TEST_F(PluginLife, GoesThroughAllItsStationsOnOneThreadAndEndsInReverse) {
  settings.applications = {"recorder_application", "recorder_twin"};
  ASSERT_TRUE(prepare()) << messages();
  registry().set_sockets(server::absent_namespaces(),
                         [](std::string_view) -> plugin_api::Presence& { return server::absent_presence(); });
  ASSERT_TRUE(registry().start());
  ASSERT_THAT(registry().applications(), SizeIs(2));
  class Claims final : public plugin_api::NamespaceClaims {
    void claim(std::string_view) override {}
  } claims;
  EXPECT_TRUE(registry().startup_call("claim namespaces", [&] {
    for (const auto& application : registry().applications()) application.plugin->claim_namespaces(claims);
  }));
  EXPECT_TRUE(registry().drain(std::chrono::milliseconds(100)));
  EXPECT_TRUE(registry().stop());
  EXPECT_TRUE(registry().stop());  // once is enough
  destroy();
  const std::string a = "recorder_application ";
  const std::string b = "recorder_twin ";
  EXPECT_THAT(recorded(), ::testing::ElementsAre(a + "create", a + "validate", b + "create", b + "validate", a + "start",
                                                 b + "start", a + "claim_namespaces", b + "claim_namespaces", a + "drain",
                                                 b + "drain", b + "stop", a + "stop", b + "destroy", a + "destroy"));
}

TEST_F(PluginLife, IsLoggedWithTimes) {
  settings.applications = {"null_application"};
  ASSERT_TRUE(prepare() && registry().start() && registry().stop());
  EXPECT_THAT(log(),
              AllOf(::testing::ContainsRegex("info plugins: null_application 0.1.0 \\(application, API " SIGNALING_TEST_API "\\) loaded from"),
                    ::testing::ContainsRegex("info plugins: null_application started in [0-9.]+ ms"),
                    ::testing::ContainsRegex("info plugins: null_application stopped in [0-9.]+ ms")));
}

TEST_F(PluginLife, BeginsWithTheAdapterThenMiddlewareThenApplications) {
  settings.applications = {"null_application"};
  settings.middleware = {"throwing_middleware", "passthrough_middleware"};
  settings.adapter = "null_adapter";
  ASSERT_TRUE(prepare()) << messages();
  ASSERT_TRUE(registry().start());
  ASSERT_TRUE(registry().adapter());
  EXPECT_EQ(registry().adapter()->name, "null_adapter");
  EXPECT_EQ(registry().adapter()->capabilities, "cluster history");
  ASSERT_THAT(registry().middleware(), SizeIs(2));
  EXPECT_EQ(registry().middleware()[0].name, "throwing_middleware");
  EXPECT_EQ(registry().middleware()[1].name, "passthrough_middleware");
  EXPECT_EQ(registry().middleware()[1].plugin->hooks(), 15U);
  EXPECT_EQ(registry().applications()[0].number, 3U);
  std::size_t last = 0;
  for (const std::string name : {"null_adapter", "throwing_middleware", "passthrough_middleware", "null_application"}) {
    const std::size_t at = log().find(name + " started");
    ASSERT_NE(at, std::string::npos);
    EXPECT_GT(at, last);
    last = at;
  }
}

TEST_F(PluginLife, StopsAndDestroysWithoutBeingAsked) {
  settings.applications = {"recorder_application"};
  ASSERT_TRUE(prepare() && registry().start());
  destroy();
  EXPECT_EQ(recorded().back(), "recorder_application destroy");
}

TEST_F(PluginLife, WithoutStartHasNoStop) {
  settings.applications = {"recorder_application"};
  ASSERT_TRUE(prepare());
  EXPECT_TRUE(registry().stop());
  destroy();
  EXPECT_THAT(recorded(), Not(::testing::Contains("recorder_application stop")));
}

TEST_F(PluginLife, GoesOnWithoutAPluginThatIsNotRequired) {
  settings.applications = {"older_major", "start_fails", "no_such_plugin", "recorder_application"};
  config =
      "[plugins.older_major]\nrequired = false\n[plugins.start_fails]\nrequired = false\n"
      "[plugins.no_such_plugin]\nrequired = false\n";
  ASSERT_TRUE(prepare()) << messages();
  ASSERT_TRUE(registry().start());
  ASSERT_THAT(registry().applications(), SizeIs(1));
  EXPECT_EQ(registry().exit_code(), 0);
  EXPECT_THAT(log(), AllOf(HasSubstr("warning plugins: plugin \"no_such_plugin\": not found"), HasSubstr("built for 0.9"),
                           HasSubstr("did not start: url: connection refused"),
                           HasSubstr("It has \"required = false\": going on without it")));
}

TEST_F(PluginLife, DoesNotGoOnWithoutAnAdapterThatDoesNotStart) {
  // The core is attached to it by then.
  settings.adapter = "unstartable_adapter";
  config = "[plugins.unstartable_adapter]\nrequired = false\n";
  ASSERT_TRUE(prepare());
  EXPECT_FALSE(registry().start());
  EXPECT_EQ(registry().exit_code(), exit_code(server::PluginError::start_failed));
}

TEST_F(PluginLife, TellsAllFailuresOfAllPlugins) {
  settings.adapter = "no_such_plugin";
  settings.applications = {"wrong_magic", "create_throws", "null_application"};
  EXPECT_FALSE(prepare());
  EXPECT_THAT(registry().failures(), SizeIs(3));
  EXPECT_EQ(registry().exit_code(), exit_code(server::PluginError::not_found));
}

TEST_F(PluginLife, TurnsExceptionsOfStartupCallsIntoMessages) {
  settings.applications = {"null_application"};
  ASSERT_TRUE(prepare());
  EXPECT_FALSE(registry().startup_call("claim namespaces", [] { throw std::runtime_error("\"/\" is claimed twice"); }));
  EXPECT_EQ(messages(), "claim namespaces: \"/\" is claimed twice\n");
}

TEST_F(PluginLife, ShowsHealthWhileStarted) {
  settings.applications = {"recorder_application", "null_application"};
  ASSERT_TRUE(prepare());
  EXPECT_THAT(registry().health(), IsEmpty());
  ASSERT_TRUE(registry().start());
  ASSERT_THAT(registry().health(), SizeIs(2));
  EXPECT_EQ(registry().health()[0].plugin, "recorder_application");
  EXPECT_EQ(registry().health()[0].problem, "as well as can be expected");
  EXPECT_EQ(registry().health()[1].problem, "");
  registry().stop();
  EXPECT_THAT(registry().health(), IsEmpty());
}

TEST_F(PluginLife, KeepsPluginsWithTheSameNamesInsideApart) {
  settings.applications = {"clash_one", "clash_two"};
  ASSERT_TRUE(prepare()) << messages();
  ASSERT_TRUE(registry().start());
  EXPECT_THAT(log(), AllOf(HasSubstr("I am one, class one, 101"), HasSubstr("I am two, class two, 201")));
}

TEST_F(PluginLife, WarnsAboutATableThatMeansAnotherPlugin) {
  settings.applications = {"null_application"};
  config = "[plugins.null_aplication]\n[plugins.redis_adapter]\nurl = \"x\"\n";
  ASSERT_TRUE(prepare()) << messages();
  EXPECT_THAT(log(), AllOf(HasSubstr("warning plugins: test.toml:1:1: plugins.null_aplication: the table is not used: did you "
                                     "mean plugins.null_application?"),
                           HasSubstr("info plugins: test.toml:2:1: plugins.redis_adapter: the table is not used: no plugin")));
}

TEST_F(PluginLife, IsListedWithoutRunningAnything) {
  EXPECT_EQ(listed("null_adapter"), "adapter|0.1.0|" SIGNALING_TEST_API "|");
  EXPECT_EQ(listed("no_manifest"), "|||no manifest file no_manifest.json");
  EXPECT_THAT(listed("older_major"), HasSubstr("application|0.1.0|0.9|plugin API version: built for 0.9"));
  EXPECT_THAT(listed("newer_minor"), HasSubstr("built for 1.200"));
  EXPECT_THAT(listed("other_toolchain"), HasSubstr("built for z80"));
  EXPECT_THAT(listed("renamed"), HasSubstr("it calls itself \"name_mismatch\""));
}

TEST_F(PluginLife, IsListedOnceAsUsableWhereTwoDirectoriesHaveIt) {
  const std::vector<std::filesystem::path> directories{plugin_directory, "/nowhere", plugin_directory};
  int usable = 0;
  for (const server::ListedPlugin& plugin : server::list_plugins(directories)) {
    if (plugin.name == "echo_application" && plugin.problem.empty()) ++usable;
  }
  EXPECT_EQ(usable, 1);
}

TEST_F(PluginLife, IsListedAsTableAndAsJson) {
  const std::vector<server::ListedPlugin> plugins{{"/p/a.so", "a", "adapter", "1.2.3", "v", "cluster", "1.0", "t", ""},
                                                  {"/p/b\x1b.so", "b\x1b", "", "", "", "", "", "", "no manifest file"}};
  const std::vector<std::filesystem::path> directories{"/p"};
  std::ostringstream table;
  server::print_plugin_table(table, plugins, directories);
  EXPECT_EQ(table.str(),
            "Plugins for API " SIGNALING_TEST_API " in /p\n"
            "NAME  KIND     VERSION  API  STATE\n"
            "a     adapter  1.2.3    1.0  compatible\n"
            "b?    -        -        -    no manifest file\n");
  std::ostringstream json;
  server::print_plugin_json(json, std::span(plugins).first(1));
  EXPECT_THAT(json.str(), HasSubstr("{\"name\":\"a\",\"kind\":\"adapter\",\"version\":\"1.2.3\""));
}

}  // namespace signaling::test
