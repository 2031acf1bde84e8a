#include <item_writer.hpp>
#include <items.hpp>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signaling::forwarding {
namespace {

// Writes down what it visits.
class Scribe final : public ItemVisitor {
 public:
  void on_request(engine::HttpRequest&& request) override {
    lines.push_back("request " + std::string(request.method) + " " + std::string(request.target) + " " +
                    std::string(request.path) + " " + std::string(request.query) + " " + std::string(request.body) + " " +
                    std::string(request.remote_address) + (request.secure ? " secure" : "") +
                    (request.wants_websocket ? " websocket" : ""));
    for (const auto& [name, value] : request.headers) lines.push_back(std::string(name) + "=" + std::string(value));
  }
  void on_reply(const ReplyItem& reply) override {
    lines.push_back("reply " + std::to_string(reply.status) + " " + std::string(reply.content_type) + " " +
                    std::string(reply.body) + (reply.compressible ? " compressible" : "") + (reply.close ? " close" : ""));
    for (const auto& [name, value] : reply.headers) lines.push_back(std::string(name) + "=" + std::string(value));
  }
  void on_accept(const HeaderViews& headers) override {
    lines.push_back("accept");
    for (const auto& [name, value] : headers) lines.push_back(std::string(name) + "=" + std::string(value));
  }
  void on_frame(const FrameItem& frame) override {
    lines.push_back("frame " + std::string(frame.data) + (frame.is_binary ? " binary" : "") +
                    (frame.compress ? " compress" : ""));
  }
  void on_written(std::uint64_t bytes) override { lines.push_back("written " + std::to_string(bytes)); }
  void on_close(std::uint16_t code, bool clean) override {
    lines.push_back("close " + std::to_string(code) + (clean ? " clean" : ""));
  }
  void on_abandon() override { lines.push_back("abandon"); }
  void on_answer_now() override { lines.push_back("answer_now"); }
  void on_unknown_item() override { lines.push_back("unknown"); }

  std::vector<std::string> lines;
};

std::string text_of(const ItemWriter& writer) {
  const plugin_api::Bytes bytes = writer.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool decode(const std::string& bytes, Scribe& scribe) {
  // Exactly as long as it says, so that the address sanitizer sees a read beyond it.
  const std::vector<char> exact(bytes.begin(), bytes.end());
  return decode_items(std::as_bytes(std::span(exact)), scribe);
}

void write_all(ItemWriter& writer) {
  engine::HttpRequest request;
  request.method = "POST";
  request.target = "/p/?a=1&b=2";
  request.headers = {{"Host", "h"}, {"Content-Type", "text/plain"}, {"ORIGIN", "http://o"}, {"Cookie", "secret"}};
  request.body = "4x";
  request.remote_address = "2001:db8::1";
  request.secure = true;
  writer.request(request);
  engine::HttpReply reply;
  reply.status = 413;
  reply.content_type = "text/plain";
  reply.body = std::string("a\0b", 3);
  reply.headers = {{"Allow", "GET"}};
  reply.compressible = true;
  writer.reply(reply);
  writer.accept({{"x", "y"}});
  writer.frame(true, false, "data");
  writer.frame(false, true, "");
  writer.written(5'000'000'000);
  writer.close(1005, true);
  writer.abandon();
  writer.answer_now();
}

TEST(Items, ComeBackAsTheyWereWritten) {
  ItemWriter writer;
  EXPECT_TRUE(writer.empty());
  write_all(writer);
  EXPECT_FALSE(writer.empty());
  Scribe scribe;
  EXPECT_TRUE(decode(text_of(writer), scribe));
  EXPECT_EQ(scribe.lines,
            (std::vector<std::string>{"request POST /p/?a=1&b=2 /p/ a=1&b=2 4x 2001:db8::1 secure", "origin=http://o",
                                      "content-type=text/plain", std::string("reply 413 text/plain a\0b compressible", 37),
                                      "Allow=GET", "accept", "x=y", "frame data binary", "frame  compress",
                                      "written 5000000000", "close 1005 clean", "abandon", "answer_now"}));
}

TEST(Items, AWriterIsUsedAgain) {
  ItemWriter writer;
  write_all(writer);
  writer.clear();
  EXPECT_TRUE(writer.empty());
  writer.abandon();
  Scribe scribe;
  EXPECT_TRUE(decode(text_of(writer), scribe));
  EXPECT_EQ(scribe.lines, std::vector<std::string>{"abandon"});
}

TEST(Items, TheFormatDoesNotChangeUnnoticed) {
  ItemWriter writer;
  writer.frame(false, true, "4a");
  writer.close(1000, false);
  EXPECT_EQ(text_of(writer), std::string("\x01\x01"  // little endian, version
                                         "\x04\x0c\0\0\0"
                                         "\0\x01"
                                         "\x02\0\0\0\0\0\0\0"
                                         "4a"  // frame
                                         "\x06\x03\0\0\0"
                                         "\xe8\x03"
                                         "\0",
                                         2 + 5 + 12 + 5 + 3));  // close
}

TEST(Items, UnknownKindsAreSkipped) {
  ItemWriter writer;
  writer.written(1);
  std::string bytes = text_of(writer);
  bytes += std::string("\xC8\x03\0\0\0abc", 8);
  ItemWriter more;
  more.written(2);
  bytes += text_of(more).substr(2);
  Scribe scribe;
  EXPECT_TRUE(decode(bytes, scribe));
  EXPECT_EQ(scribe.lines, (std::vector<std::string>{"written 1", "unknown", "written 2"}));
}

TEST(Items, WhatALaterVersionAddsToAnItemIsSkipped) {
  std::string bytes("\x01\x01\x05\x0a\0\0\0\x07\0\0\0\0\0\0\0zz\x07\0\0\0\0", 22);
  Scribe scribe;
  EXPECT_TRUE(decode(bytes, scribe));
  EXPECT_EQ(scribe.lines, (std::vector<std::string>{"written 7", "abandon"}));
}

TEST(Items, AnotherVersionIsRefused) {
  Scribe scribe;
  EXPECT_FALSE(decode(std::string("\x01\x02\x07\0\0\0\0", 7), scribe));
  EXPECT_TRUE(scribe.lines.empty());
  EXPECT_FALSE(decode("", scribe));
  EXPECT_FALSE(decode("\x01", scribe));
}

TEST(Items, EveryTruncationIsRefusedOrEndsBetweenItems) {
  ItemWriter writer;
  write_all(writer);
  const std::string whole = text_of(writer);
  std::size_t well = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Scribe scribe;
    if (decode(whole.substr(0, size), scribe)) ++well;
  }
  EXPECT_EQ(well, 9u);  // behind the version, and behind each item but the last
}

TEST(Items, SizesBeyondTheMessageAllocateNothing) {
  // A frame that claims 2^62 bytes; a reply with 2^62 headers.
  Scribe scribe;
  EXPECT_FALSE(decode(std::string("\x01\x01\x04\x0a\0\0\0\0\0\0\0\0\0\0\0\0\x40", 17), scribe));
  EXPECT_FALSE(decode(std::string("\x01\x01\x03\x08\0\0\0\0\0\0\0\0\0\0\x40", 15), scribe));
  EXPECT_TRUE(scribe.lines.empty());
}

TEST(Items, EveryFlippedBitIsSurvived) {
  ItemWriter writer;
  write_all(writer);
  const std::string whole = text_of(writer);
  for (std::size_t i = 0; i < whole.size() * 8; ++i) {
    std::string bytes = whole;
    bytes[i / 8] = static_cast<char>(bytes[i / 8] ^ (1 << (i % 8)));
    Scribe scribe;
    decode(bytes, scribe);
  }
}

TEST(Items, AStatusThatIsNoneIsRefused) {
  ItemWriter writer;
  engine::HttpReply reply;
  reply.status = 101;
  writer.reply(reply);
  Scribe scribe;
  EXPECT_FALSE(decode(text_of(writer), scribe));
}

}  // namespace
}  // namespace signaling::forwarding
