#include "http_reader.hpp"

#include <string>

#include <gtest/gtest.h>

namespace signaling::net {
namespace {

using Status = HttpReader::Status;

HttpLimits limits() {
  HttpLimits result;
  result.max_header_bytes = 200;
  result.max_body_bytes = 50;
  return result;
}

class HttpReaderTest : public testing::Test {
 protected:
  /// Feeds everything; stops where the reader does.
  Status read(std::string_view bytes) {
    input_ = bytes;
    Status status = reader_.read(input_);
    if (status == Status::header) status = reader_.read(input_);
    return status;
  }

  const HttpLimits limits_ = limits();
  HttpReader reader_{limits_};
  std::string_view input_;
};

TEST_F(HttpReaderTest, SplitsTheTargetAndKeepsHeadersInOrder) {
  const std::string text = "GET /a/b?x=1&y=%20 HTTP/1.1\r\nHost: h\r\nB:  two \r\na: one\r\n\r\n";
  ASSERT_EQ(read(text), Status::complete);
  const engine::HttpRequest& request = reader_.request();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/a/b?x=1&y=%20");
  EXPECT_EQ(request.path, "/a/b");
  EXPECT_EQ(request.query, "x=1&y=%20");
  EXPECT_EQ(request.headers,
            (std::vector<std::pair<std::string_view, std::string_view>>{{"Host", "h"}, {"B", "two"}, {"a", "one"}}));
  EXPECT_TRUE(request.body.empty());
  EXPECT_TRUE(reader_.keep_alive());
}

TEST_F(HttpReaderTest, TakesAnAbsoluteTarget) {
  ASSERT_EQ(read("GET http://h:1/p?q HTTP/1.1\r\nHost: h\r\n\r\n"), Status::complete);
  EXPECT_EQ(reader_.request().path, "/p");
  EXPECT_EQ(reader_.request().query, "q");
  reader_.reset();
  ASSERT_EQ(read("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n"), Status::complete);
  EXPECT_EQ(reader_.request().path, "/");
}

TEST_F(HttpReaderTest, LeavesTheNextRequestInTheInput) {
  ASSERT_EQ(read("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nokGET /next"), Status::complete);
  EXPECT_EQ(reader_.request().body, "ok");
  EXPECT_EQ(input_, "GET /next");
}

TEST_F(HttpReaderTest, ReadsAnySplit) {
  const std::string text =
      "\r\nPOST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;e=\"x\"\r\n0123456789\r\n0\r\nT: "
      "r\r\n\r\n";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); second += 7) {
      reader_.reset();
      Status status = read(text.substr(0, first));
      if (status == Status::need_more) status = read(text.substr(first, second - first));
      if (status == Status::need_more) status = read(text.substr(second));
      ASSERT_EQ(status, Status::complete) << first << ' ' << second;
      ASSERT_EQ(reader_.request().body, "abc0123456789");
      ASSERT_EQ(reader_.request().headers.size(), 2u) << "trailers are no headers";
    }
  }
}

TEST_F(HttpReaderTest, ReadsTrailersByteByByteBehindABodyOfNothing) {
  Status status = read("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
  for (const char c : std::string_view("A: b\r\n\r\n")) {
    ASSERT_EQ(status, Status::need_more);
    status = read(std::string(1, c));
  }
  ASSERT_EQ(status, Status::complete);
  EXPECT_EQ(reader_.request().body, "");
}

TEST_F(HttpReaderTest, RefusesWhatLooksLikeChunkedAndLengthsThatAreLists) {
  const auto status_of = [this](const std::string& field) {
    reader_.reset();
    return read("POST / HTTP/1.1\r\nHost: h\r\n" + field + "\r\n\r\n0\r\n\r\n");
  };
  for (const char* field :
       {"Transfer-Encoding: chunked", "transfer-encoding:CHUNKED", "Content-Length: 5", "Content-Length: 05"})
    EXPECT_EQ(status_of(field), Status::complete) << field;
  for (const char* field :
       {"Transfer-Encoding: chunked, chunked", "Transfer-Encoding: chunked;q=1", "Transfer-Encoding: chunked gzip",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Content-Length: 5, 5",
        "Content-Length: 5\r\nContent-Length: 5", "Transfer-Encoding: chunked\r\nContent-Length: 5"}) {
    EXPECT_EQ(status_of(field), Status::error) << field;
    EXPECT_EQ(reader_.error().kind, BadRequest::bad_framing) << field;
  }
}

TEST_F(HttpReaderTest, TakesChunksOfOneByteButNotOfNearlyNothingButExtensions) {
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string small = start, extended = start;
  for (int i = 0; i < 50; ++i) {
    small += "1\r\nx\r\n";
    extended += "1;" + std::string(1000, 'e') + "\r\nx\r\n";
  }
  EXPECT_EQ(read(small + "0\r\n\r\n"), Status::complete);
  reader_.reset();
  EXPECT_EQ(read(extended + "0\r\n\r\n"), Status::error);
  EXPECT_EQ(reader_.error().status, 400u);
  reader_.reset();
  EXPECT_EQ(read(small + "0\r\n\r\n"), Status::complete) << "what one request took is not counted for the next";
}

TEST_F(HttpReaderTest, CountsTheHeaderLimitInBytes) {
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
  const std::string fits = start + std::string(200 - start.size() - 4, 'x') + "\r\n\r\n";
  EXPECT_EQ(read(fits), Status::complete);
  reader_.reset();
  EXPECT_EQ(read(start + std::string(200, 'x')), Status::error);
  EXPECT_EQ(reader_.error().status, 431u);
  EXPECT_TRUE(reader_.error().is_limit);
}

TEST_F(HttpReaderTest, RefusesABodyBeforeItCame) {
  EXPECT_EQ(read("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 51\r\n\r\n"), Status::error);
  EXPECT_EQ(reader_.error().status, 413u);
  EXPECT_EQ(reader_.request().path, "/p") << "known, so that the answer can have its route's headers";
}

TEST_F(HttpReaderTest, IsUntouchedUntilTheFirstByteOfARequest) {
  EXPECT_TRUE(reader_.is_untouched());
  EXPECT_EQ(read("\r\n\r\n"), Status::need_more);
  EXPECT_TRUE(reader_.is_untouched());
  EXPECT_EQ(read("G"), Status::need_more);
  EXPECT_FALSE(reader_.is_untouched());
}

TEST_F(HttpReaderTest, RefusesAProxyHeaderAtOnceWhateverThePieces) {
  const std::string v1 = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n";
  const std::string v2("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 16);
  for (const std::string& header : {v1, v2}) {
    const std::size_t telling = header == v1 ? 6 : 5;  // bytes that an HTTP request cannot begin with
    for (std::size_t cut = 0; cut < telling; ++cut) {
      reader_.reset();
      if (cut > 0) {
        ASSERT_EQ(read(header.substr(0, cut)), Status::need_more) << cut;
      }
      ASSERT_EQ(read(header.substr(cut, telling - cut)), Status::error) << cut;
      EXPECT_EQ(reader_.error().status, 400u);
      EXPECT_EQ(reader_.error().kind, BadRequest::untrusted_proxy) << cut;
    }
  }
  reader_.reset();
  ASSERT_EQ(read(std::string("\0nothing", 8)), Status::error);
  EXPECT_EQ(reader_.error().kind, BadRequest::malformed);
  reader_.reset();
  EXPECT_EQ(read("PROXYING / HTTP/1.1\r\nHost: h\r\n\r\n"), Status::complete) << "a method of somebody's own";
}

TEST_F(HttpReaderTest, RemembersNothingOfTheRequestBefore) {
  ASSERT_EQ(read("POST / HTTP/1.0\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"), Status::complete);
  EXPECT_FALSE(reader_.keep_alive());
  EXPECT_TRUE(reader_.is_http_1_0());
  reader_.reset();
  ASSERT_EQ(read("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), Status::complete);
  EXPECT_TRUE(reader_.keep_alive());
  EXPECT_FALSE(reader_.is_http_1_0());
  EXPECT_EQ(reader_.request().headers.size(), 1u);
  EXPECT_TRUE(reader_.request().body.empty());
}

TEST_F(HttpReaderTest, StaysFailed) {
  EXPECT_EQ(read("GET / HTTP/1.1\nHost: h\n\n"), Status::error);
  EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), Status::error);
}

}  // namespace
}  // namespace signaling::net
