#pragma once
// The hook for HTTP requests of the Socket.IO path, before the server looks at them. Since API 1.2.

#include <string_view>

#include <signaling/plugin_api/http.hpp>

namespace signaling::plugin_api {

/// The verdict on a request. Exactly one of pass and refuse ends it; the first call counts. [loop] during the hook. A hook that
/// returns without verdict and without `defer`, or throws, refuses with 500 (fails closed).
class HttpVerdict {
 public:
  /// A header of the answer, whoever gives it, the 101 of a WebSocket included; call before `pass` or `refuse`. What
  /// HttpResponse does not allow is left out.
  virtual void add_header(std::string_view name, std::string_view value) = 0;
  virtual void pass() = 0;
  /// The request is answered with this, and nobody else sees it.
  virtual void refuse(const HttpResponse& response) = 0;
  /// The verdict comes later, by this object, which stays valid until it is ended, from [any thread]. With no verdict within
  /// `middleware_timeout` (default 5 s) the request is refused with 503, and one that comes then does nothing.
  virtual HttpVerdict& defer() = 0;

 protected:
  ~HttpVerdict() = default;
};

class HttpRequestHook {
 public:
  /// Every request of the Socket.IO path that has a session or asks for one, polling and WebSocket, at the node that the
  /// client is connected to. Not: CORS preflights, client files, what breaks HTTP or a bound. [loop]
  virtual void on_http_request(const HttpRequest& request, HttpVerdict& verdict) = 0;

 protected:
  ~HttpRequestHook() = default;
};

/// For middleware, from `Host::query(HttpRequests::interface_name)`; nullptr in a server before 1.2, and for other kinds.
/// Where nobody watches, requests are served as if there were no hook.
class HttpRequests {
 public:
  static constexpr std::string_view interface_name = "signaling.http_requests/1";

  /// From now on `hook` is asked, after those of the middlewares before in the list. One for each plugin, which outlives the
  /// plugin's `stop`. [startup, in `start`]
  virtual void watch(HttpRequestHook& hook) = 0;

 protected:
  ~HttpRequests() = default;
};

}  // namespace signaling::plugin_api
