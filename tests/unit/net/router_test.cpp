#include <string>
#include <support/fake_exchange.hpp>

#include <gtest/gtest.h>

#include <signaling/net/router.hpp>

namespace signaling::net {
namespace {

using signaling::test::FakeExchange;

class Named final : public HttpService {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  void handle(engine::HttpExchange& exchange) override {
    engine::HttpReply reply;
    reply.body = name_;
    exchange.respond(std::move(reply));
  }
  const ResponsePolicy* policy(const engine::HttpRequest&) const override { return &own_policy; }
  ResponsePolicy own_policy;

 private:
  std::string name_;
};

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    router_.add_exact("/socket.io/socket.io.js", bundle_);
    router_.add_prefix("/socket.io/", engine_, &engine_policy_);
    router_.add_prefix("/", files_);
  }
  std::string served(std::string_view target) {
    FakeExchange exchange("GET", target);
    router_.handle(exchange);
    return exchange.body();
  }
  Named bundle_{"bundle"};
  Named engine_{"engine"};
  Named files_{"files"};
  ResponsePolicy engine_policy_;
  Router router_;
};

TEST_F(RouterTest, ComparesExactPathsBeforePrefixes) {
  EXPECT_EQ(served("/socket.io/socket.io.js?v=1"), "bundle");
  EXPECT_EQ(served("/socket.io/socket.io.js.map"), "engine");
}

TEST_F(RouterTest, MatchesAPrefixAsEngineIoDoes) {
  EXPECT_EQ(served("/socket.io/?EIO=4"), "engine");
  EXPECT_EQ(served("/socket.io/anything/below"), "engine");
  EXPECT_EQ(served("/socket.io?EIO=4"), "files") << "without the slash it is another path";
}

TEST_F(RouterTest, AsksMatchersInTheirPlaceAmongPrefixes) {
  struct Api final : PathMatcher {
    bool matches(std::string_view path) const override {
      asked.emplace_back(path);
      return path.starts_with("/socket.io/") || path == "/api";
    }
    mutable std::vector<std::string> asked;
  };
  Named api("api");
  Api matcher;
  router_.add_matching(matcher, api);
  Router router;
  router.add_prefix("/socket.io/", engine_);
  router.add_matching(matcher, api);
  router.add_prefix("/", files_);
  const auto served_by = [&](std::string_view target) {
    FakeExchange exchange("GET", target);
    router.handle(exchange);
    return exchange.body();
  };
  EXPECT_EQ(served_by("/socket.io/?EIO=4"), "engine");
  EXPECT_TRUE(matcher.asked.empty()) << "requests of the engine do not pay for it";
  EXPECT_EQ(served_by("/api?x=1"), "api");
  EXPECT_EQ(served_by("/api/x"), "files");
  EXPECT_EQ(served("/api"), "files") << "it was added behind";
}

TEST_F(RouterTest, AnswersUnknownPathsWith404) {
  Router empty;
  FakeExchange exchange("GET", "/x");
  empty.handle(exchange);
  EXPECT_EQ(exchange.status(), 404u);
}

TEST_F(RouterTest, GivesThePolicyOfTheRouteBeforeThatOfTheService) {
  engine::HttpRequest request;
  request.path = "/socket.io/";
  EXPECT_EQ(router_.policy(request), &engine_policy_);
  request.path = "/index.html";
  EXPECT_EQ(router_.policy(request), &files_.own_policy);
  EXPECT_EQ(Router().policy(request), nullptr);
}

}  // namespace
}  // namespace signaling::net
