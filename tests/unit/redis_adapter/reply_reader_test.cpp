#include "redis_adapter/reply_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "redis_adapter/reply.hpp"

namespace signaling::redis_adapter {
namespace {

using ::testing::HasSubstr;

void feed(ReplyReader& reader, std::string_view bytes) { reader.feed(bytes.data(), bytes.size()); }

TEST(ReplyReader, ReadsRepliesThatArriveByteByByte) {
  const std::string_view bytes = "+OK\r\n:42\r\n$5\r\na\r\nbc\r\n*2\r\n$-1\r\n-ERR x\r\n";
  ReplyReader reader(1'000);
  std::vector<int> types;
  for (const char c : bytes) {
    feed(reader, std::string_view(&c, 1));
    while (const auto reply = reader.next()) types.push_back(reply->type);
  }
  EXPECT_EQ(types, (std::vector<int>{REDIS_REPLY_STATUS, REDIS_REPLY_INTEGER, REDIS_REPLY_STRING, REDIS_REPLY_ARRAY}));
  EXPECT_EQ(reader.error(), "");
}

TEST(ReplyReader, ReadsManyRepliesOfOnePiece) {
  ReplyReader reader(1'000);
  std::string bytes;
  for (int i = 0; i < 10'000; ++i) bytes += ":" + std::to_string(i) + "\r\n";
  feed(reader, bytes);
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(reader.next()->integer, i);
  EXPECT_EQ(reader.next(), nullptr);
}

TEST(ReplyReader, RefusesWhatIsNoReply) {
  ReplyReader reader(1'000);
  feed(reader, "HTTP/1.1 400 Bad Request\r\n");
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_NE(reader.error(), "");
  feed(reader, "+OK\r\n");
  EXPECT_EQ(reader.next(), nullptr);
}

TEST(ReplyReader, BoundsTheBytesOfAReply) {
  ReplyReader reader(1'000);
  feed(reader, "$100000\r\n");
  const std::string piece(500, 'x');
  for (int i = 0; i < 5 && reader.error().empty(); ++i) {
    feed(reader, piece);
    EXPECT_EQ(reader.next(), nullptr);
  }
  EXPECT_THAT(reader.error(), HasSubstr("1000 bytes"));
}

TEST(ReplyReader, DoesNotAllocateForElementsThatAreOnlyAnnounced) {
  ReplyReader reader(1'000);
  feed(reader, "*2147483647\r\n");
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_NE(reader.error(), "");
}

TEST(ReplyReader, BoundsNesting) {
  ReplyReader reader(10'000);
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += "*1\r\n";
  feed(reader, bytes + ":1\r\n");
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_NE(reader.error(), "");
}

}  // namespace
}  // namespace signaling::redis_adapter
