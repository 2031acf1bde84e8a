#pragma once
// HTTP requests and answers between the server and its plugins.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <signaling/engine/http_exchange.hpp>
#include <signaling/plugin_api/http.hpp>
#include <signaling/socketio/hooks.hpp>

namespace signaling::server {

/// A request as plugins see it; as long as the exchange's own.
class HttpRequestView {
 public:
  explicit HttpRequestView(const engine::HttpRequest& request);
  HttpRequestView(const HttpRequestView&) = delete;
  HttpRequestView& operator=(const HttpRequestView&) = delete;
  const plugin_api::HttpRequest& get() const noexcept { return view_; }

 private:
  std::vector<plugin_api::HttpHeader> headers_;
  plugin_api::HttpRequest view_;
};

/// What a plugin has answered, made harmless.
struct CheckedReply {
  engine::HttpReply reply;
  std::string problem;  ///< empty: all of it is as the plugin gave it
  socketio::Fault fault = socketio::Fault::bad_answer;
};
CheckedReply check_reply(const plugin_api::HttpResponse& response);

/// `text` with this status, for people.
engine::HttpReply plain_http_reply(unsigned status, std::string_view text);

}  // namespace signaling::server
