// Has HTTP routes of its own, each of which answers in another way.
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <signaling/plugin_api/basic_plugin.hpp>
#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/http_requests.hpp>
#include <signaling/plugin_api/http_routes.hpp>
#include <signaling/plugin_api/plugin_main.hpp>

namespace {

using namespace signaling::plugin_api;

/// Kept, so that to a leak checker they belong to somebody; for ever, since they may not be let go either.
auto& forgotten = *new std::vector<HttpReply*>;

class HttpApplication final : public BasicApplication, private HttpRouteHandler {
 public:
  explicit HttpApplication(Host& host) : host_(host) {}

  void start(const ConfigView&, Problems& problems) override {
    auto* routes = static_cast<HttpRoutes*>(host_.query(HttpRoutes::interface_name));
    if (routes == nullptr) return problems.add("", "no HTTP routes");
    if (host_.query(HttpRequests::interface_name) != nullptr) problems.add("", "a hook for middleware alone");
    const auto add = [&](std::string_view method, std::string_view path, std::uint32_t timeout_ms = 5'000) {
      const Status status = routes->add(method, path, timeout_ms, *this);
      if (status != Status::ok) problems.add(path, to_string(status));
    };
    for (const std::string_view path : {"/api/hello", "/api/later", "/api/thread", "/api/throw", "/api/throw_answered",
                                        "/api/twice", "/api/huge", "/api/status", "/api/headers", "/api/rooms/*/size"}) {
      add("GET", path);
    }
    add("GET", "/api/never", 100);
    add("POST", "/api/echo");
    if (routes->add("GET", "/api/hello", 5'000, *this) != Status::full) problems.add("", "one route twice");
    if (routes->add("GET", "/socket.io/mine", 5'000, *this) != Status::invalid) problems.add("", "a route below the engine");
  }
  void stop() override {
    for (std::thread& thread : threads_) thread.join();
  }
  void claim_namespaces(NamespaceClaims& claims) override { claims.claim("/http"); }

 private:
  void on_http_request(const HttpRequest& request, HttpReply& reply) override {
    const auto is = [&](std::string_view name) { return request.path == "/api/" + std::string(name); };
    if (is("hello")) {
      const HttpHeader headers[] = {{"X-Query", request.query}};
      reply.answer({.body = "hello " + std::string(request.header("X-Name")), .headers = headers});
    } else if (is("echo")) {
      reply.answer({.status = 201, .content_type = "application/octet-stream", .body = request.body});
    } else if (is("later")) {
      host_.start_timer(20, make_task([&reply] { reply.answer({.body = "later"}); }));
    } else if (is("thread")) {
      threads_.emplace_back([&reply] { reply.answer({.body = "thread"}); });  // one event loop in these tests
    } else if (is("throw")) {
      throw std::runtime_error("no more answers");
    } else if (is("throw_answered")) {
      reply.answer({.body = "answered"});
      throw std::runtime_error("no more answers");
    } else if (is("twice")) {
      reply.answer({.body = "first"});
      reply.answer({.body = "second"});
    } else if (is("huge")) {
      reply.answer({.body = std::string(max_http_answer_bytes + 1, 'x')});
    } else if (is("status")) {
      reply.answer({.status = 42});
    } else if (is("headers")) {
      const HttpHeader headers[] = {{"X-Good", "yes"}, {"X-Bad", "a\r\nX-E: b"}, {"Transfer-Encoding", "chunked"}};
      reply.answer({.body = "headers", .headers = headers});
    } else if (is("never")) {
      forgotten.push_back(&reply);
    } else {
      reply.answer({.body = request.path});
    }
  }

  Host& host_;
  std::vector<std::thread> threads_;
};

}  // namespace

SIGNALING_PLUGIN(HttpApplication, no_schema);
