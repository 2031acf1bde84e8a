#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <signaling/plugin_api/placeholders.hpp>

namespace signaling::plugin_api::json {
namespace {

/// Three attachments of sizes 1, 2 and 3, told apart by their addresses.
class Placeholders : public testing::Test {
 protected:
  std::byte bytes_[6] = {};
  std::vector<Bytes> attachments_ = {Bytes(bytes_, 1), Bytes(bytes_ + 1, 2), Bytes(bytes_ + 3, 3)};
  PlaceholderRewriter rewriter_;

  std::vector<std::size_t> used_sizes() const {
    std::vector<std::size_t> sizes;
    for (const auto& part : rewriter_.attachments()) sizes.push_back(part.size());
    return sizes;
  }
};

TEST_F(Placeholders, LeaveTheSliceAloneWithoutAttachments) {
  const std::string_view slice = R"({"_placeholder":true,"num":0})";
  EXPECT_EQ(rewriter_.rewrite(slice, {}).data(), slice.data());
  EXPECT_TRUE(rewriter_.attachments().empty());
  EXPECT_FALSE(rewriter_.has_placeholder(slice, {}));
}

TEST_F(Placeholders, LeaveTheSliceAloneWhereNumbersAreInOrder) {
  const std::string_view slice = R"([{"_placeholder":true,"num":0},{"a":{"num":1,"_placeholder":true}}])";
  EXPECT_EQ(rewriter_.rewrite(slice, attachments_).data(), slice.data());
  EXPECT_EQ(used_sizes(), (std::vector<std::size_t>{1, 2}));
}

TEST_F(Placeholders, AreRenumberedInOrderOfAppearance) {
  EXPECT_EQ(
      rewriter_.rewrite(R"({"b": {"_placeholder":true,"num":2}, "a":[1.0, {"_placeholder":true,"num":1} ]})", attachments_),
      R"({"b": {"_placeholder":true,"num":0}, "a":[1.0, {"_placeholder":true,"num":1} ]})");
  EXPECT_EQ(used_sizes(), (std::vector<std::size_t>{3, 2}));
}

TEST_F(Placeholders, MayBeTheWholeSlice) {
  EXPECT_EQ(rewriter_.rewrite(R"({"_placeholder":true,"num":1})", attachments_), R"({"_placeholder":true,"num":0})");
  EXPECT_EQ(used_sizes(), (std::vector<std::size_t>{2}));
}

TEST_F(Placeholders, AreFoundByDecodedKeysAndTheLastDuplicate) {
  EXPECT_EQ(rewriter_.rewrite(R"({"\u005fplaceholder":true,"num":0,"n\u0075m":2})", attachments_),
            R"({"_placeholder":true,"num":0})");
  EXPECT_EQ(used_sizes(), (std::vector<std::size_t>{3}));
}

TEST_F(Placeholders, AreNotWhatOnlyLooksLikeThem) {
  for (const std::string_view slice :
       {R"({"_placeholder":1,"num":0})", R"({"_placeholder":true})", R"({"_placeholder":true,"num":3})",
        R"({"_placeholder":true,"num":-1})", R"({"_placeholder":true,"num":"0"})", R"({"_placeholder":true,"num":[0]})",
        R"({"_placeholder":[true],"num":0})", R"({"_placeholder":true,"num":0,"_placeholder":false})",
        R"("{\"_placeholder\":true,\"num\":0}")", R"(["_placeholder",true,"num",0])", R"({"a":"_placeholder","num":0})",
        R"({"_placeholder":"num","x":0})", R"({"_placeholder":true,"x":{"num":0}})"}) {
    EXPECT_EQ(rewriter_.rewrite(slice, attachments_).data(), slice.data()) << slice;
    EXPECT_TRUE(rewriter_.attachments().empty()) << slice;
    EXPECT_FALSE(rewriter_.has_placeholder(slice, attachments_)) << slice;
  }
}

TEST_F(Placeholders, SwallowWhatIsInsideThem) {
  EXPECT_EQ(rewriter_.rewrite(R"([{"_placeholder":true,"x":{"_placeholder":true,"num":0},"num":1}])", attachments_),
            R"([{"_placeholder":true,"num":0}])");
  EXPECT_EQ(used_sizes(), (std::vector<std::size_t>{2}));
}

TEST_F(Placeholders, ShareAPartThatIsNamedTwice) {
  EXPECT_EQ(rewriter_.rewrite(R"([{"_placeholder":true,"num":1},{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])",
                              attachments_),
            R"([{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}])");
  EXPECT_EQ(used_sizes(), (std::vector<std::size_t>{2, 1}));
}

TEST_F(Placeholders, ForgetTheLastCall) {
  rewriter_.rewrite(R"({"_placeholder":true,"num":2})", attachments_);
  EXPECT_EQ(rewriter_.rewrite("[1]", attachments_), "[1]");
  EXPECT_TRUE(rewriter_.attachments().empty());
}

TEST_F(Placeholders, StandDeepNesting) {
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += R"({"a":[)";
  deep += R"({"_placeholder":true,"num":2})";
  for (int i = 0; i < 1000; ++i) deep += "]}";
  std::string expected = deep;
  expected.replace(expected.find("num\":2"), 6, "num\":0");
  EXPECT_EQ(rewriter_.rewrite(deep, attachments_), expected);
}

}  // namespace
}  // namespace signaling::plugin_api::json
