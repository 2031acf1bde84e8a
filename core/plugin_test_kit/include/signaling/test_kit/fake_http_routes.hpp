#pragma once
// HTTP routes of plugins, in the hands of the test: `host.http_routes().call({.target = "/lobby/size"})`.

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/http_routes.hpp>
#include <signaling/test_kit/http_message.hpp>

namespace signaling::testing {

class FakeHost;

/// One request and its answer. Answered from any thread, looked at from any. Owned by the host, for good: as in the server, an
/// answer that comes too late is no error, and is counted.
class HttpCall final : public plugin_api::HttpReply {
 public:
  HttpCall() = default;
  HttpCall(const HttpCall&) = delete;
  HttpCall& operator=(const HttpCall&) = delete;

  bool is_answered() const;
  /// What the client was told, by the plugin or by the server for it. Throws std::logic_error where there is no answer yet.
  HttpAnswer result() const;
  /// The route's `timeout_ms` has answered it, with 504.
  bool is_timed_out() const;
  /// How often the plugin has answered: the first counts. One after the timeout is among them.
  unsigned calls() const;
  /// What a server would tell as the plugin's fault: headers that were left out, an answer that became a 500.
  std::vector<std::string> faults() const;
  /// `<status> <body>`, or nothing where there is no answer yet.
  std::string text() const;

  void answer(const plugin_api::HttpResponse& response) override;

 private:
  friend class FakeHttpRoutes;
  /// By the server; nothing where there is an answer.
  void answer_instead(HttpAnswer answer, bool is_timeout);

  mutable std::mutex mutex_;  ///< guards what follows
  std::optional<HttpAnswer> answer_;
  bool is_timed_out_ = false;
  unsigned calls_ = 0;
  std::vector<std::string> faults_;
};

/// Owned by its host. Time runs out by the host's clock. One thread.
class FakeHttpRoutes final : public plugin_api::HttpRoutes {
 public:
  explicit FakeHttpRoutes(FakeHost& host) : host_(host) {}
  FakeHttpRoutes(const FakeHttpRoutes&) = delete;
  FakeHttpRoutes& operator=(const FakeHttpRoutes&) = delete;

  /// Sends a request to the route that it is for. 404 and 405 are answered as the server does; where the handler throws, the
  /// call is answered with 500 and the exception goes to the test.
  HttpCall& call(FakeHttpRequest request);
  /// The plugins have started: no route is added from now on.
  void close() { is_closed_ = true; }

  plugin_api::Status add(std::string_view method, std::string_view path, std::uint32_t timeout_ms,
                         plugin_api::HttpRouteHandler& handler) override;

 private:
  struct Route {
    std::string method;
    std::string path;  ///< or a pattern
    std::uint32_t timeout_ms;
    plugin_api::HttpRouteHandler* handler;
    bool is_pattern() const { return path.find('*') != std::string::npos; }
  };
  /// The route that answers, or nullptr; then `allowed` names the methods that the path has.
  const Route* find(std::string_view method, std::string_view path, std::string& allowed) const;

  FakeHost& host_;
  std::vector<Route> routes_;
  std::deque<HttpCall> calls_;  ///< also old ones: a plugin may answer late
  bool is_closed_ = false;
};

}  // namespace signaling::testing
