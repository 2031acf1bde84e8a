// Watches the HTTP requests of the Socket.IO path and does what their query parameter `do` says.
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/http_requests.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

/// Kept, so that to a leak checker they belong to somebody; for ever, since they may not be let go either.
auto& forgotten = *new std::vector<HttpVerdict*>;

class HttpMiddleware final : public BasicMiddleware, private HttpRequestHook {
 public:
  explicit HttpMiddleware(Host& host) : host_(host) {}

  std::uint32_t hooks() const override { return 0; }
  void start(const ConfigView&, Problems& problems) override {
    auto* requests = static_cast<HttpRequests*>(host_.query(HttpRequests::interface_name));
    if (requests == nullptr) return problems.add("", "no hook for HTTP requests");
    requests->watch(*this);
  }
  void stop() override {
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void on_http_request(const HttpRequest& request, HttpVerdict& verdict) override {
    const auto asks = [&](std::string_view what) {
      return request.query.find("do=" + std::string(what)) != std::string_view::npos;
    };
    verdict.add_header("X-Seen", std::string(request.method) + " " + std::string(request.address) + " " +
                                     std::string(request.header("X-ASKED")));
    if (asks("refuse")) {
      const HttpHeader headers[] = {{"Retry-After", "7"}};
      verdict.refuse({.status = 429, .content_type = "application/json", .body = R"({"error":"later"})", .headers = headers});
    } else if (asks("later")) {
      const bool passes = asks("later_pass");
      host_.start_timer(20, make_task([&later = verdict.defer(), passes] {
                          later.add_header("X-Late", "yes");
                          passes ? later.pass() : later.refuse({.status = 401});
                        }));
    } else if (asks("thread")) {
      threads_.emplace_back([&later = verdict.defer()] { later.pass(); });  // one event loop in these tests
    } else if (asks("never")) {
      forgotten.push_back(&verdict.defer());
    } else if (asks("twice")) {
      HttpVerdict& later = verdict.defer();
      later.pass();
      later.refuse({.status = 403});
    } else if (asks("throw")) {
      throw std::runtime_error("no more requests");
    } else if (asks("bad_header")) {
      verdict.add_header("X-A\r\nX-B", "injected");
      verdict.add_header("X-C", "a\r\nX-D: injected");
      verdict.add_header("Content-Length", "3");
      verdict.pass();
    } else if (!asks("nothing")) {
      verdict.pass();
    }
  }

  Host& host_;
  std::vector<std::thread> threads_;
};

}  // namespace

SIGNALING_PLUGIN(HttpMiddleware, no_schema);
