// Requests go through the hooks as in the server: in order, each with its time, and headers for whoever answers.

#include <thread>

#include <gtest/gtest.h>

#include <signaling/plugin_api/host.hpp>
#include <signaling/test_kit/fake_host.hpp>

namespace signaling::testing {
namespace {

using namespace plugin_api;

/// Decides as the request's header `Do` says, and keeps what it has seen.
class Gate final : public HttpRequestHook {
 public:
  explicit Gate(std::string name) : name_(std::move(name)) {}
  void on_http_request(const HttpRequest& request, HttpVerdict& verdict) override {
    seen.push_back(std::string(request.method) + ' ' + std::string(request.path) + '?' + std::string(request.query) + ' ' +
                   std::string(request.address) + (request.secure ? " secure " : " ") + std::string(request.body));
    verdict.add_header("X-Seen-By", name_);
    const std::string_view how = request.header("do");
    if (how == name_ + " refuses") return verdict.refuse({.status = 401, .body = "who?"});
    if (how == name_ + " waits") return static_cast<void>(later = &verdict.defer());
    if (how != name_ + " says nothing") verdict.pass();
  }
  std::vector<std::string> seen;
  HttpVerdict* later = nullptr;

 private:
  const std::string name_;
};

class FakeHttpRequestsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto* const offered = static_cast<HttpRequests*>(host.query(HttpRequests::interface_name));
    ASSERT_NE(offered, nullptr);
    offered->watch(one);
    offered->watch(two);
  }
  HttpPassage& send(std::string how) { return host.http_requests().send({.headers = {{"Do", std::move(how)}}}); }

  FakeHost host;
  Gate one{"one"};
  Gate two{"two"};
};

TEST_F(FakeHttpRequestsTest, PassThroughAllHooksWithTheirHeaders) {
  const HttpPassage& request = host.http_requests().send({.method = "POST",
                                                          .target = "/socket.io/?EIO=4&sid=1",
                                                          .body = "hello",
                                                          .client_address = "198.51.100.7",
                                                          .is_secure = true});
  EXPECT_EQ(request.text(), "pass");
  EXPECT_EQ(request.headers(), (HttpHeaders{{"X-Seen-By", "one"}, {"X-Seen-By", "two"}}));
  EXPECT_EQ(request.header("x-seen-by"), "one");
  EXPECT_EQ(one.seen, std::vector<std::string>{"POST /socket.io/?EIO=4&sid=1 198.51.100.7 secure hello"});
  EXPECT_EQ(two.seen, one.seen);
  EXPECT_THROW(request.answer(), std::logic_error);
}

TEST_F(FakeHttpRequestsTest, GoNoFurtherWhereOneRefuses) {
  HttpPassage& request = send("one refuses");
  EXPECT_EQ(request.text(), "refuse 401 who?");
  EXPECT_EQ(request.answer().header("X-Seen-By"), "one");
  EXPECT_TRUE(request.verdict().refused());
  EXPECT_TRUE(two.seen.empty());
}

TEST_F(FakeHttpRequestsTest, WaitForAVerdictFromAnyThread) {
  HttpPassage& request = send("one waits");
  EXPECT_EQ(request.text(), "deferred");
  EXPECT_FALSE(request.is_ended());
  std::thread([this] {
    one.later->add_header("X-Late", "yes");
    one.later->pass();
  }).join();
  EXPECT_TRUE(request.verdict().passed());
  EXPECT_TRUE(two.seen.empty()) << "the loop goes on with it";
  host.run_posted();
  EXPECT_EQ(request.text(), "pass");
  EXPECT_EQ(request.header("X-Late"), "yes");
  EXPECT_EQ(two.seen.size(), 1u);
}

TEST_F(FakeHttpRequestsTest, AreRefusedByTheDeadline) {
  host.http_requests().deadline_ms = 100;
  HttpPassage& request = send("two waits");
  host.advance(99);
  EXPECT_EQ(request.text(), "deferred");
  host.advance(1);
  EXPECT_EQ(request.text(), "refuse 503 no verdict in time");
  EXPECT_TRUE(request.verdict().is_timed_out());
  EXPECT_EQ(request.headers(), (HttpHeaders{{"X-Seen-By", "one"}})) << "of those that have decided";
  two.later->pass();
  host.run_posted();
  EXPECT_TRUE(request.refused());
}

TEST_F(FakeHttpRequestsTest, AreRefusedWhereAHookSaysNothing) {
  HttpPassage& request = send("two says nothing");
  EXPECT_EQ(request.answer().status, 500u);
  EXPECT_TRUE(request.verdict().is_forgotten());
}

TEST_F(FakeHttpRequestsTest, RefuseAHookThatWatchesTwice) { EXPECT_THROW(host.http_requests().watch(one), std::logic_error); }

TEST(FakeHttpRequests, PassWhereNobodyWatches) {
  FakeHost host;
  HttpPassage& request = host.http_requests().send();
  EXPECT_TRUE(request.passed());
  EXPECT_THROW(request.verdict(), std::logic_error);
}

}  // namespace
}  // namespace signaling::testing
