// What net adds to answers on the wire: CORS and compression.

#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

#include <signaling/net/cors.hpp>
#include <signaling/net/http_compression.hpp>

#include "support/raw_client.hpp"
#include "test_service.hpp"

namespace signaling::net::test {
namespace {

using signaling::test::eventually;
using signaling::test::HttpAnswer;
using signaling::test::RawClient;

std::string inflated(const std::string& deflated, std::size_t expected_bytes) {
  std::string out(expected_bytes, '\0');
  uLongf size = expected_bytes;
  const int result =
      uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(deflated.data()), deflated.size());
  EXPECT_EQ(result, Z_OK);
  out.resize(size);
  return out;
}

class PoliciedService final : public HttpService {
 public:
  void handle(engine::HttpExchange& exchange) override {
    engine::HttpReply reply;
    reply.body = exchange.request().path == "/long" ? long_body() : std::string(5000, 'z');
    reply.compressible = exchange.request().path != "/incompressible";
    reply.status = exchange.request().path == "/missing" ? 404 : 200;
    exchange.respond(std::move(reply));
  }
  const ResponsePolicy* policy(const engine::HttpRequest&) const override { return &policy_; }
  /// Made once: under a sanitizer it takes as long as a client is waited for.
  static const std::string& long_body() {
    static const std::string body = [] {
      std::string text;
      for (int i = 0; text.size() < 300'000; ++i) text += std::to_string(i * 7919);
      return text;
    }();
    return body;
  }
  ResponsePolicy policy_;
};

class Answers : public testing::Test {
 protected:
  Answers() : cors_(cors_options()) {
    service_.policy_ = {&cors_, &compression_};
    ServerOptions options = quick_options();
    options.http.header_timeout = std::chrono::seconds(10);  // no test here is about time
    options.http.keep_alive_timeout = std::chrono::seconds(10);
    options.http.max_body_bytes = 100;
    server_ = std::make_unique<Server>(options);
    server_->set_service(0, service_);
    server_->start();
  }
  static CorsOptions cors_options() {
    CorsOptions options;
    options.origins = {"https://a.example", "https://b.example"};
    options.credentials = true;
    return options;
  }

  const Cors cors_;
  const CompressionOptions compression_;
  PoliciedService service_;
  std::unique_ptr<Server> server_;
};

TEST_F(Answers, CarryCorsHeadersErrorsIncluded) {
  RawClient client(server_->port());
  for (const char* path : {"/", "/missing"}) {
    const HttpAnswer answer = client.get(path, "Origin: https://b.example\r\n");
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "https://b.example");
    EXPECT_EQ(answer.header("Access-Control-Allow-Credentials"), "true");
  }
  EXPECT_EQ(client.get("/", "Origin: https://evil.example\r\n").header("Access-Control-Allow-Origin"), "");
  for (const char* framing : {"Content-Length: 200\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nc8\r\n"}) {
    RawClient large(server_->port());
    large.send("POST / HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n" + std::string(framing) + std::string(200, 'x'));
    const HttpAnswer answer = large.read_answer();
    EXPECT_EQ(answer.status, 413u);
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "https://a.example");
  }
}

TEST_F(Answers, PreflightIs204WithoutTheService) {
  RawClient client(server_->port());
  client.send(
      "OPTIONS /x HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n"
      "Access-Control-Request-Headers: content-type\r\n\r\n");
  const HttpAnswer answer = client.read_answer();
  EXPECT_EQ(answer.status, 204u);
  EXPECT_EQ(answer.header("Access-Control-Allow-Methods"), "GET,HEAD,PUT,PATCH,POST,DELETE");
  EXPECT_EQ(answer.header("Access-Control-Allow-Headers"), "content-type");
  EXPECT_EQ(answer.header("Content-Length"), "0");
  EXPECT_EQ(client.get("/").status, 200u);
}

TEST_F(Answers, AreCompressedWhereTheClientAcceptsIt) {
  RawClient client(server_->port());
  const HttpAnswer gzip = client.get("/", "Accept-Encoding: gzip, deflate, br\r\n");
  EXPECT_EQ(gzip.header("Content-Encoding"), "gzip");
  EXPECT_LT(gzip.body.size(), 200u);
  const HttpAnswer deflate = client.get("/", "Accept-Encoding: gzip;q=0.1, deflate\r\n");
  EXPECT_EQ(deflate.header("Content-Encoding"), "deflate");
  EXPECT_EQ(inflated(deflate.body, 5000), std::string(5000, 'z'));
  EXPECT_EQ(client.get("/").body.size(), 5000u);
  EXPECT_EQ(client.get("/incompressible", "Accept-Encoding: gzip\r\n").body.size(), 5000u);
}

// They are compressed over several turns: what follows on the connection waits, and other connections do not.
TEST_F(Answers, ThatAreLongComeWholeAndInOrder) {
  const std::string& body = PoliciedService::long_body();
  RawClient first(server_->port());
  RawClient second(server_->port());
  const std::string asks_for_long = "GET /long HTTP/1.1\r\nHost: x\r\nAccept-Encoding: deflate\r\n\r\n";
  first.send(asks_for_long + "GET /missing HTTP/1.1\r\nHost: x\r\n\r\n" + asks_for_long);
  second.send(asks_for_long);
  EXPECT_EQ(inflated(first.read_answer().body, body.size()), body);
  EXPECT_EQ(first.read_answer().status, 404u);
  EXPECT_EQ(inflated(first.read_answer().body, body.size()), body);
  EXPECT_EQ(inflated(second.read_answer().body, body.size()), body);
  // And the connection goes on.
  EXPECT_EQ(first.get("/").body.size(), 5000u);
}

TEST_F(Answers, ThatAreLongEndWithTheirConnection) {
  for (int i = 0; i < 20; ++i) {
    RawClient client(server_->port());
    client.send("GET /long HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  }
  RawClient client(server_->port());
  EXPECT_EQ(client.get("/").status, 200u);
  EXPECT_TRUE(eventually([&] { return server_->connection_count() == 1; }));
}

}  // namespace
}  // namespace signaling::net::test
