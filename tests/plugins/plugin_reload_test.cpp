// Reload: two plugins of one kind of source, each with its table.

#include "registry_test.hpp"

namespace signaling::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class PluginReload : public RegistryTest {
 protected:
  void SetUp() override {
    settings.applications = {"reloading_application", "reloading_twin"};
    ASSERT_TRUE(prepare()) << messages();
    ASSERT_TRUE(registry().start()) << messages();
  }

  /// Both halves; the second one only where the first found nothing wrong.
  bool reload(const std::string& text) {
    problems_.clear();
    server::ConfigProblems parse_problems;
    const server::ConfigDocument document = server::parse_document(text, "new.toml", {}, parse_problems);
    EXPECT_TRUE(parse_problems.empty());
    changes_.clear();
    for (const server::ConfigChange& change : registry().stage(document, server::process_environment(), problems_))
      changes_.push_back(change.text() + (change.needs_restart ? " (restart)" : ""));
    return problems_.empty() && registry().reload(problems_);
  }

  std::vector<std::string> problems_;
  std::vector<std::string> changes_;
};

TEST_F(PluginReload, GivesNewValuesAndKeepsWhatNeedsARestart) {
  EXPECT_TRUE(reload("[plugins.reloading_application]\nvalue = 7\nfixed = 9\n"));
  EXPECT_THAT(changes_, ElementsAre("plugins.reloading_application.fixed: 1 -> 9 (restart)",
                                    "plugins.reloading_application.value: 1 -> 7"));
  EXPECT_THAT(log(), HasSubstr("plugin.reloading_application: value 7, fixed 1\n"));
  EXPECT_THAT(log(), HasSubstr("plugin.reloading_twin: value 1, fixed 1\n")) << "files that it names may have changed";
  // Again: the value is in force, the restart is still due.
  EXPECT_TRUE(reload("[plugins.reloading_application]\nvalue = 7\nfixed = 9\n"));
  EXPECT_THAT(changes_, ElementsAre("plugins.reloading_application.fixed: 1 -> 9 (restart)"));
}

TEST_F(PluginReload, ChangesNothingWhereOneTableIsWrong) {
  EXPECT_FALSE(reload("[plugins.reloading_application]\nvalue = 7\n[plugins.reloading_twin]\nvalue = 700\nvalu = 1\n"));
  EXPECT_EQ(problems_.size(), 2u);
  EXPECT_THAT(problems_.front(), HasSubstr("new.toml:4:9: plugins.reloading_twin.value: 700 is out of range"));
  EXPECT_THAT(log(), Not(HasSubstr("value 7")));
}

TEST_F(PluginReload, ValidatesWhatComesIntoForceAsWell) {
  // Well together, but `fixed` stays 1 until a restart.
  EXPECT_FALSE(reload("[plugins.reloading_application]\nvalue = 90\nfixed = 60\n"));
  EXPECT_THAT(problems_, ElementsAre("new.toml:2:9: plugins.reloading_application.value: is too far from fixed"));
  EXPECT_THAT(log(), Not(HasSubstr("value 90")));
}

TEST_F(PluginReload, GivesTheOthersTheirOldValuesBackWhereOneRefuses) {
  EXPECT_TRUE(reload("[plugins.reloading_application]\nvalue = 5\n"));
  for (const std::string key : {"refuses", "throws"}) {
    EXPECT_FALSE(reload("[plugins.reloading_application]\nvalue = 7\n[plugins.reloading_twin]\n" + key + " = true\n"));
    ASSERT_EQ(problems_.size(), 1u);
    EXPECT_THAT(problems_.front(), HasSubstr("plugin \"reloading_twin\""));
    EXPECT_THAT(problems_.front(), HasSubstr("did not reload: "));
    const std::string text = log();
    EXPECT_GT(text.rfind("value 5, fixed 1"), text.rfind("value 7, fixed 1")) << "back to the old value";
  }
  // What is in force is the old table: the same change is a change again.
  EXPECT_TRUE(reload("[plugins.reloading_application]\nvalue = 7\n"));
  EXPECT_THAT(changes_, ElementsAre("plugins.reloading_application.value: 5 -> 7"));
  EXPECT_THAT(registry().failures(), IsEmpty());
}

}  // namespace
}  // namespace signaling::test
