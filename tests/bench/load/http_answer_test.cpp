#include "http_answer.hpp"

#include <string>

#include <gtest/gtest.h>

namespace signaling::bench_load {
namespace {

TEST(TakeAnswer, TakesAnswersOneAfterTheOther) {
  std::string_view input =
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nDate: now\r\n\r\nok"
      "HTTP/1.1 400 Bad Request\r\nConnection: Close\r\nContent-Length:0\r\n\r\n";
  HttpAnswer answer;
  ASSERT_EQ(take_answer(input, answer), AnswerStatus::complete);
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body, "ok");
  EXPECT_FALSE(answer.closes);
  ASSERT_EQ(take_answer(input, answer), AnswerStatus::complete);
  EXPECT_EQ(answer.status, 400U);
  EXPECT_EQ(answer.body, "");
  EXPECT_TRUE(answer.closes);
  EXPECT_TRUE(input.empty());
}

TEST(TakeAnswer, WaitsForEachByte) {
  const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string_view input = std::string_view(whole).substr(0, size);
    HttpAnswer answer;
    EXPECT_EQ(take_answer(input, answer), AnswerStatus::partial) << size;
    EXPECT_EQ(input.size(), size);
  }
}

TEST(TakeAnswer, RefusesWhatItCannotDelimit) {
  for (const std::string_view text :
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"}) {
    std::string_view input = text;
    HttpAnswer answer;
    EXPECT_EQ(take_answer(input, answer), AnswerStatus::unsupported) << text;
  }
}

}  // namespace
}  // namespace signaling::bench_load
