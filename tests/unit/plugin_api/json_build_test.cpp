#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/json_slice.hpp>

namespace signaling::plugin_api::json {
namespace {

std::string joined(const Payload& payload) {
  std::string text;
  for (const auto piece : payload.text) text += piece;
  return text;
}

TEST(AppendJsonString, EscapesWhatJsonForbidsAndNothingElse) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("plain é 😀 /"), R"("plain é 😀 /")");
  EXPECT_EQ(json_string("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
  EXPECT_EQ(json_string(std::string_view("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
}

TEST(AppendJsonString, IsUndoneByDecode) {
  std::string all;
  for (int c = 0; c < 128; ++c) all.push_back(static_cast<char>(c));
  std::string buffer;
  EXPECT_EQ(decode(json_string(all), buffer), all);
}

TEST(Pieces, JoinToThePayload) {
  const std::string id = "abc";
  EXPECT_EQ(joined(Pieces(R"(["left",{"id":")", id, R"("}])")), R"(["left",{"id":"abc"}])");
}

TEST(PayloadBuilder, BuildsInOneBuffer) {
  PayloadBuilder builder;
  builder.raw("[").string("a\"b").raw(",").raw("[1]").raw("]");
  EXPECT_EQ(joined(builder.payload()), R"(["a\"b",[1]])");
  builder.clear();
  builder.raw("[]");
  EXPECT_EQ(joined(builder.payload()), "[]");
}

}  // namespace
}  // namespace signaling::plugin_api::json
