// A route answers as in the server: by method and path, once, at once or later, or by its timeout.

#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/host.hpp>
#include <signaling/test_kit/fake_host.hpp>

namespace signaling::testing {
namespace {

using namespace plugin_api;

/// Answers with the method and path, or as the request's body says.
class Desk final : public HttpRouteHandler {
 public:
  void on_http_request(const HttpRequest& request, HttpReply& reply) override {
    if (request.body == "later") {
      later = &reply;
      return;
    }
    if (request.body == "throw") throw std::runtime_error("closed");
    const HttpHeader headers[] = {{"X-Query", request.query}, {"Connection", "close"}};
    reply.answer({.body = std::string(request.method) + ' ' + std::string(request.path), .headers = headers});
    if (request.body == "twice") reply.answer({.status = 404});
  }
  HttpReply* later = nullptr;
};

class FakeHttpRoutesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    offered = static_cast<HttpRoutes*>(host.query(HttpRoutes::interface_name));
    ASSERT_NE(offered, nullptr);
    ASSERT_EQ(add("GET", "/desk/*"), Status::ok);
    ASSERT_EQ(add("GET", "/desk/size"), Status::ok);
    ASSERT_EQ(add("POST", "/desk/bell"), Status::ok);
  }
  Status add(std::string_view method, std::string_view path, std::uint32_t timeout_ms = 2'000) {
    return offered->add(method, path, timeout_ms, desk);
  }
  HttpCall& call(std::string method, std::string target, std::string body = {}) {
    return host.http_routes().call({.method = std::move(method), .target = std::move(target), .body = std::move(body)});
  }

  FakeHost host;
  HttpRoutes* offered = nullptr;
  Desk desk;
};

TEST_F(FakeHttpRoutesTest, AnswerByMethodAndPath) {
  const HttpCall& size = call("GET", "/desk/size?of=all");
  EXPECT_EQ(size.text(), "200 GET /desk/size");
  EXPECT_EQ(size.result().content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(size.result().headers, (HttpHeaders{{"X-Query", "of=all"}}));
  EXPECT_EQ(size.faults(), std::vector<std::string>{"header Connection"});
  EXPECT_EQ(call("HEAD", "/desk/3").text(), "200 HEAD /desk/3");
  EXPECT_EQ(call("GET", "/desk/").result().status, 404u);
  EXPECT_EQ(call("GET", "/desk/3/4").result().status, 404u);
  const HttpCall& wrong = call("DELETE", "/desk/bell");
  EXPECT_EQ(wrong.result().status, 405u);
  EXPECT_EQ(wrong.result().header("Allow"), "POST, GET, HEAD");
}

TEST_F(FakeHttpRoutesTest, AreAddedAsTheServerTakesThem) {
  EXPECT_EQ(add("GET", "/desk/size"), Status::full);
  EXPECT_EQ(add("HEAD", "/a"), Status::invalid);
  EXPECT_EQ(add("get", "/a"), Status::invalid);
  EXPECT_EQ(add("GET", "a"), Status::invalid);
  EXPECT_EQ(add("GET", "/socket.io/a"), Status::invalid);
  EXPECT_EQ(add("GET", "/a", 0), Status::invalid);
  EXPECT_EQ(add("GET", "/a", 300'001), Status::invalid);
  for (std::uint32_t i = 3; i < HttpRoutes::max_routes; ++i) ASSERT_EQ(add("GET", "/a/" + std::to_string(i)), Status::ok);
  EXPECT_EQ(add("GET", "/a"), Status::too_many);
  host.http_routes().close();
  EXPECT_EQ(add("GET", "/a"), Status::closed);
}

TEST_F(FakeHttpRoutesTest, TakeAnAnswerThatComesLaterFromAnyThread) {
  HttpCall& waiting = call("POST", "/desk/bell", "later");
  EXPECT_FALSE(waiting.is_answered());
  EXPECT_EQ(waiting.text(), "");
  EXPECT_THROW(waiting.result(), std::logic_error);
  std::thread([this] { desk.later->answer({.status = 201, .body = "coming"}); }).join();
  EXPECT_EQ(waiting.text(), "201 coming");
  host.advance(10'000);
  EXPECT_EQ(waiting.text(), "201 coming");
  EXPECT_FALSE(waiting.is_timed_out());
}

TEST_F(FakeHttpRoutesTest, AreAnsweredByTheirTimeout) {
  ASSERT_EQ(add("POST", "/slow", 100), Status::ok);
  HttpCall& waiting = call("POST", "/slow", "later");
  host.advance(99);
  EXPECT_FALSE(waiting.is_answered());
  host.advance(1);
  EXPECT_EQ(waiting.text(), "504 no answer in time");
  EXPECT_TRUE(waiting.is_timed_out());
  desk.later->answer({.body = "late"});
  EXPECT_EQ(waiting.text(), "504 no answer in time");
  EXPECT_EQ(waiting.calls(), 1u);
}

TEST_F(FakeHttpRoutesTest, TakeTheFirstAnswerAndCountTheOthers) {
  HttpCall& twice = call("POST", "/desk/bell", "twice");
  EXPECT_EQ(twice.text(), "200 POST /desk/bell");
  EXPECT_EQ(twice.calls(), 2u);
}

TEST_F(FakeHttpRoutesTest, GiveWhatIsThrownToTheTest) { EXPECT_THROW(call("POST", "/desk/bell", "throw"), std::runtime_error); }

}  // namespace
}  // namespace signaling::testing
