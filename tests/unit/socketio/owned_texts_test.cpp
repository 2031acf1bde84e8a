#include <owned_texts.hpp>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace signaling::socketio {
namespace {

TEST(OwnedTexts, OutliveWhatTheyWereCopiedFrom) {
  std::string first = "a namespace";
  std::vector<std::string> rooms{"", std::string(5000, 'r'), "x"};
  OwnedTexts texts = [&] {
    const std::vector<std::string_view> views(rooms.begin(), rooms.end());
    const std::string_view name = first;
    return OwnedTexts({{&name, 1}, views, {}});
  }();
  first.assign(first.size(), '?');
  rooms[1].assign(rooms[1].size(), '?');
  ASSERT_EQ(texts.all().size(), 4u);
  EXPECT_EQ(texts.all()[0], "a namespace");
  EXPECT_EQ(texts.all()[1], "");
  EXPECT_EQ(texts.all()[2], std::string(5000, 'r'));
  EXPECT_EQ(texts.all()[3], "x");
}

TEST(OwnedTexts, KeepTheirViewsWhenMoved) {
  const std::string_view name = "name";
  OwnedTexts texts({{&name, 1}});
  const std::string_view before = texts.all()[0];
  const OwnedTexts moved = std::move(texts);
  EXPECT_EQ(moved.all()[0].data(), before.data());
  EXPECT_EQ(moved.all()[0], "name");
}

TEST(OwnedTexts, MayBeNone) {
  const OwnedTexts none({});
  EXPECT_TRUE(none.all().empty());
}

}  // namespace
}  // namespace signaling::socketio
