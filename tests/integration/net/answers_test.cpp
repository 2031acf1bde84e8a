// What net adds to answers on the wire: CORS and compression.

#include <gtest/gtest.h>
#include <zlib.h>

#include <signaling/net/cors.hpp>
#include <signaling/net/http_compression.hpp>

#include "support/raw_client.hpp"
#include "test_service.hpp"

namespace signaling::net::test {
namespace {

using signaling::test::HttpAnswer;
using signaling::test::RawClient;

class PoliciedService final : public HttpService {
 public:
  void handle(engine::HttpExchange& exchange) override {
    engine::HttpReply reply;
    reply.body = std::string(5000, 'z');
    reply.compressible = exchange.request().path != "/incompressible";
    reply.status = exchange.request().path == "/missing" ? 404 : 200;
    exchange.respond(std::move(reply));
  }
  const ResponsePolicy* policy(const engine::HttpRequest&) const override { return &policy_; }
  ResponsePolicy policy_;
};

class Answers : public testing::Test {
 protected:
  Answers() : cors_(cors_options()) {
    service_.policy_ = {&cors_, &compression_};
    ServerOptions options = quick_options();
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
  std::string inflated(5000, '\0');
  uLongf size = 5000;
  ASSERT_EQ(uncompress(reinterpret_cast<Bytef*>(inflated.data()), &size, reinterpret_cast<const Bytef*>(deflate.body.data()),
                       deflate.body.size()),
            Z_OK);
  EXPECT_EQ(inflated, std::string(5000, 'z'));
  EXPECT_EQ(client.get("/").body.size(), 5000u);
  EXPECT_EQ(client.get("/incompressible", "Accept-Encoding: gzip\r\n").body.size(), 5000u);
}

}  // namespace
}  // namespace signaling::net::test
