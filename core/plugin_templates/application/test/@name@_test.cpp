#include <gtest/gtest.h>

#include <signaling/test_kit/fake_cluster.hpp>
#include <signaling/test_kit/fake_config.hpp>

#include "@name@.hpp"

namespace @name@ {
namespace {

using signaling::testing::FakeCluster;
using signaling::testing::FakeConfig;
using signaling::testing::FakeProblems;
using signaling::testing::FakeSocket;

class @Name@Test : public ::testing::Test {
 protected:
  void start(const char* toml = "") {
    FakeProblems problems;
    plugin_.start(FakeConfig(schema, toml), problems);
    ASSERT_TRUE(problems.list.empty());
    node_.run(plugin_);
  }
  ~@Name@Test() override { cluster_.stop(); }
  FakeSocket& connect() { return node_.connect({}, "/@name@"); }

  FakeCluster cluster_;
  signaling::testing::FakeNode& node_ = cluster_.node(0);
  @Name@ plugin_{node_.host()};
};

TEST_F(@Name@Test, GivesEverybodyWhatOneSays) {
  start();
  FakeSocket& one = connect();
  FakeSocket& other = connect();
  EXPECT_EQ(one.request("say", R"("hello")"), R"([{"ok":true}])");
  EXPECT_EQ(other.take_events(), std::vector<std::string>{R"(["said",")" + std::string(one.id()) + R"(","hello"])"});
  EXPECT_EQ(node_.host().metric_value("said_total"), 1);
}

TEST_F(@Name@Test, RefusesWhatIsTooLong) {
  start("max_text_bytes = 10");
  FakeSocket& one = connect();
  EXPECT_EQ(one.request("say", R"("longer than ten")"), R"([{"ok":false,"error":"too-long"}])");
  EXPECT_TRUE(one.take_events().empty());
}

}  // namespace
}  // namespace @name@
