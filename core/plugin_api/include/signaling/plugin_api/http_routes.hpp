#pragma once
// HTTP routes of a plugin's own on the main listener. Since API 1.2.

#include <cstdint>
#include <string_view>

#include <signaling/plugin_api/http.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

/// The answer to one request. It must be given, and once; after that the object must not be touched. [any thread]
class HttpReply {
 public:
  virtual void answer(const HttpResponse& response) = 0;

 protected:
  ~HttpReply() = default;
};

class HttpRouteHandler {
 public:
  /// The answer may come later; after the route's `timeout_ms` the client has been told 504. Who throws gives the reply back:
  /// it is answered with 500 if it was not before, and gone. On the loop of the connection. [loop]
  virtual void on_http_request(const HttpRequest& request, HttpReply& reply) = 0;

 protected:
  ~HttpRouteHandler() = default;
};

/// From `Host::query(HttpRoutes::interface_name)`; nullptr in a server before 1.2. CORS and the bounds
/// for headers, body and time are those of the main listener; preflights are answered by the server.
class HttpRoutes {
 public:
  static constexpr std::string_view interface_name = "signaling.http_routes/1";
  static constexpr std::uint32_t max_routes = 256;  ///< of one plugin

  /// @param method   `GET`, `POST` …; `GET` answers HEAD as well. Another method of the path is told 405.
  /// @param path     begins with `/`, not below the Socket.IO path; compared with the path as sent. `*` stands for one or more
  ///                 characters other than `/`; a path without goes before one with. Goes before static files.
  /// @param timeout_ms  1 to 300,000
  /// @param handler  outlives the plugin's `stop`
  /// @return `ok`; `invalid`; `full`: method and path are taken, which the log tells of; `too_many`; `closed` after `start`.
  /// [startup, in `start`]
  virtual Status add(std::string_view method, std::string_view path, std::uint32_t timeout_ms, HttpRouteHandler& handler) = 0;

 protected:
  ~HttpRoutes() = default;
};

}  // namespace signaling::plugin_api
