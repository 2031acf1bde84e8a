#include "namespace_table.hpp"

#include <gtest/gtest.h>

namespace signaling::socketio {
namespace {

TEST(MatchesPattern, StarTakesOneOrMoreCharactersButNoSlash) {
  EXPECT_TRUE(matches_pattern("/room-*", "/room-1"));
  EXPECT_TRUE(matches_pattern("/room-*", "/room-*"));
  EXPECT_FALSE(matches_pattern("/room-*", "/room-"));
  EXPECT_FALSE(matches_pattern("/room-*", "/room-1/2"));
  EXPECT_TRUE(matches_pattern("/*/chat", "/a/chat"));
  EXPECT_FALSE(matches_pattern("/*/chat", "//chat"));
  EXPECT_FALSE(matches_pattern("/*/chat", "/a/b/chat"));
  EXPECT_TRUE(matches_pattern("/a*b*c", "/aXbXbYc"));
  EXPECT_FALSE(matches_pattern("/a*b*c", "/abc"));
  EXPECT_FALSE(matches_pattern("/exact", "/exactly"));
}

TEST(MatchesPattern, EndsSoonOnNamesThatNearlyMatch) {
  const std::string name = "/" + std::string(200, 'a');
  EXPECT_FALSE(matches_pattern("/*a*a*a*a*a*a*a*b", name));
}

class NamespaceTableTest : public testing::Test {
 protected:
  ApplicationBinding one{nullptr, 0, "one"};
  ApplicationBinding two{nullptr, 1, "two"};
  NamespaceTable table;
};

TEST_F(NamespaceTableTest, ExactNameGoesBeforePattern) {
  table.claim("/room-*", one);
  table.claim("/room-1", two);
  EXPECT_EQ(table.find("/room-1"), &two);
  EXPECT_EQ(table.find("/room-2"), &one);
  EXPECT_EQ(table.find("/other"), nullptr);
  EXPECT_EQ(table.find("/"), nullptr);
}

TEST_F(NamespaceTableTest, NamesBothPluginsWhereANameIsTaken) {
  table.claim("/chat", one);
  table.claim("/r-*", one);
  for (const char* name : {"/chat", "/r-*"}) {
    try {
      table.claim(name, two);
      FAIL() << "taken name accepted";
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("\"one\""), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("\"two\""), std::string::npos) << error.what();
    }
  }
}

TEST_F(NamespaceTableTest, RefusesWhatIsNoNamespaceName) {
  for (const char* name : {"", "chat", "/a,b", "/a b", "/a?b", "/a\n"}) {
    EXPECT_THROW(table.claim(name, one), std::runtime_error) << name;
  }
}

TEST_F(NamespaceTableTest, PatternsDoNotMatchNamesWithControlCharacters) {
  table.claim("/r-*", one);
  EXPECT_EQ(table.find("/r-\n"), nullptr);
  EXPECT_EQ(table.find(std::string_view("/r-\0", 4)), nullptr);
}

}  // namespace
}  // namespace signaling::socketio
