// What a host offers, and how it ends.

#include <memory>

#include <gtest/gtest.h>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/fake_host.hpp>

namespace signaling::testing {
namespace {

using namespace plugin_api;

TEST(FakeHost, OffersWhatTheTestHasSetFirst) {
  FakeHost host;
  EXPECT_EQ(host.query(HttpRoutes::interface_name), static_cast<HttpRoutes*>(&host.http_routes()));
  EXPECT_EQ(host.query("signaling.none/1"), nullptr);
  host.set_interface(std::string(HttpRoutes::interface_name), nullptr);  // an older server
  EXPECT_EQ(host.query(HttpRoutes::interface_name), nullptr);
}

/// As a plugin holds a verdict that is its to give.
struct Refuse {
  void operator()(HttpVerdict* verdict) const { verdict->refuse({.status = 503}); }
};

class Deferring final : public HttpRequestHook {
 public:
  explicit Deferring(Host& host) : host_(host) {}
  void on_http_request(const HttpRequest&, HttpVerdict& verdict) override {
    auto later = std::unique_ptr<HttpVerdict, Refuse>(&verdict.defer());
    host_.post(0, make_task([later = std::move(later)] {}));
  }

 private:
  Host& host_;
};

TEST(FakeHost, LetsGoOfTasksThatEndWhatTheyHold) {
  auto host = std::make_unique<FakeHost>();
  Deferring hook(*host);
  host->http_requests().watch(hook);
  EXPECT_EQ(host->http_requests().send().text(), "deferred");
  host.reset();  // address and leak sanitizers see the rest
}

}  // namespace
}  // namespace signaling::testing
