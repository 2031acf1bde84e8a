#pragma once
// The middlewares' hook for HTTP requests, before the engine sees them.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <signaling/base/clock.hpp>
#include <signaling/base/event_loop.hpp>
#include <signaling/net/http_service.hpp>
#include <signaling/plugin_api/http_requests.hpp>
#include <signaling/socketio/hooks.hpp>

namespace signaling::server {

/// A plugin that watches requests.
struct HttpHookBinding {
  plugin_api::HttpRequestHook* hook;
  std::uint32_t plugin;
};

/// One per loop, in front of the engine; only made where somebody watches. A request goes through the hooks in their order,
/// each of which may take its time, and then to `next`; refused it is answered here.
///
/// Ownership: outlives its requests, which end with their connections. On the loop.
class HttpGate final : public net::HttpService {
 public:
  struct Environment {
    base::EventLoop& loop;
    socketio::HookObserver& hooks;
    net::HttpService& next;
  };
  HttpGate(std::vector<HttpHookBinding> chain, base::Milliseconds timeout, const Environment& environment);
  ~HttpGate();
  HttpGate(const HttpGate&) = delete;
  HttpGate& operator=(const HttpGate&) = delete;

  void handle(engine::HttpExchange& exchange) override;
  const net::ResponsePolicy* policy(const engine::HttpRequest& request) const override {
    return environment_.next.policy(request);
  }
  /// For verdicts to be awaited.
  void set_timeout(base::Milliseconds timeout) noexcept { timeout_ = timeout; }

 private:
  class Passage;
  class Verdict;
  struct Decision;

  const std::vector<HttpHookBinding> chain_;
  base::Milliseconds timeout_;
  const Environment environment_;
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Passage>> passages_;
};

}  // namespace signaling::server
