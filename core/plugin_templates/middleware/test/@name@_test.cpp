#include <gtest/gtest.h>

#include <signaling/test_kit/fake_cluster.hpp>
#include <signaling/test_kit/fake_config.hpp>

#include "@name@.hpp"

namespace @name@ {
namespace {

using signaling::testing::FakeCluster;
using signaling::testing::FakeConfig;
using signaling::testing::FakeProblems;

class @Name@Test : public ::testing::Test {
 protected:
  void start(const char* toml = "") {
    FakeProblems problems;
    plugin_.start(FakeConfig(schema, toml), problems);
    ASSERT_TRUE(problems.list.empty());
    node_.guard(plugin_);
  }

  FakeCluster cluster_;
  signaling::testing::FakeNode& node_ = cluster_.node(0);
  @Name@ plugin_{node_.host()};
};

TEST_F(@Name@Test, LetsClientsIn) {
  start();
  EXPECT_TRUE(node_.open().passed());
}

TEST_F(@Name@Test, LetsNobodyInWhileItIsClosed) {
  start("closed = true\nmessage = \"later\"");
  const auto& verdict = node_.open();
  EXPECT_TRUE(verdict.refused());
  EXPECT_EQ(verdict.message(), "later");
  EXPECT_EQ(node_.host().metric_value("refused_total"), 1);

  FakeProblems problems;
  plugin_.reload(FakeConfig(schema), problems);
  EXPECT_TRUE(node_.open().passed());
}

}  // namespace
}  // namespace @name@
