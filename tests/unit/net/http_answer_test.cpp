#include "http_answer.hpp"

#include <gtest/gtest.h>

namespace signaling::net {
namespace {

std::string answer(const engine::HttpReply& reply, AnswerContext context = {false, true, {}}) {
  std::string text;
  append_answer(reply, context, text);
  return text;
}

TEST(AppendAnswer, WritesStatusHeadersAndBody) {
  engine::HttpReply reply;
  reply.content_type = "text/plain";
  reply.headers = {{"X-A", "b"}};
  reply.body = "hello";
  EXPECT_EQ(
      answer(reply),
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-A: b\r\nConnection: keep-alive\r\n\r\nhello");
}

TEST(AppendAnswer, TellsHowLongAnIdleConnectionIsKept) {
  EXPECT_NE(
      answer({}, {false, true, std::chrono::seconds(65)}).find("Connection: keep-alive\r\nKeep-Alive: timeout=65\r\n\r\n"),
      std::string::npos);
}

TEST(AppendAnswer, KeepsTheLengthButNotTheBodyForHead) {
  engine::HttpReply reply;
  reply.body = "hello";
  const std::string text = answer(reply, {true, false, {}});
  EXPECT_NE(text.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_NE(text.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(AppendAnswer, SendsNoBodyWith204And304) {
  engine::HttpReply reply;
  reply.body = "must not be sent";
  for (const unsigned status : {204u, 304u}) {
    reply.status = status;
    const std::string text = answer(reply);
    EXPECT_EQ(text.find("Content-Length"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\r\n\r\n"));
  }
}

TEST(AppendAnswer, LeavesOutHeadersThatWouldSplitTheAnswer) {
  engine::HttpReply reply;
  reply.headers = {{"Set-Cookie", "a=b\r\nX-Injected: yes"}, {"Bad\nName", "x"}, {"Good", "yes"}};
  const std::string text = answer(reply);
  EXPECT_EQ(text.find("Injected"), std::string::npos);
  EXPECT_EQ(text.find("Bad"), std::string::npos);
  EXPECT_NE(text.find("Good: yes\r\n"), std::string::npos);
}

}  // namespace
}  // namespace signaling::net
