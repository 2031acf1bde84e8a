#include <signaling/server/http_rules.hpp>
#include <signaling/server/http_values.hpp>

namespace signaling::server {

HttpRequestView::HttpRequestView(const engine::HttpRequest& request) {
  headers_.reserve(request.headers.size());
  for (const auto& [name, value] : request.headers) headers_.push_back({name, value});
  view_ = {request.method, request.target, request.path,           request.query,
           headers_,       request.body,   request.remote_address, request.secure};
}

CheckedReply check_reply(const plugin_api::HttpResponse& response) {
  CheckedReply checked;
  if (response.status < 200 || response.status > 599) {
    checked.problem = "an HTTP answer with the status " + std::to_string(response.status);
    checked.reply = plain_http_reply(500, "the plugin failed");
    return checked;
  }
  if (response.body.size() > plugin_api::max_http_answer_bytes) {
    checked.problem = "an HTTP answer of " + std::to_string(response.body.size()) + " bytes";
    checked.fault = socketio::Fault::too_large;
    checked.reply = plain_http_reply(500, "the plugin failed");
    return checked;
  }
  engine::HttpReply& reply = checked.reply;
  reply.status = response.status;
  reply.body = response.body;
  reply.content_type = {};  // that of the reply is static text
  if (!response.content_type.empty()) {
    if (is_header_value(response.content_type)) {
      reply.headers.emplace_back("Content-Type", response.content_type);
    } else {
      checked.problem = "an HTTP answer with a content type that holds control characters";
    }
  }
  for (const auto& [name, value] : response.headers) {
    if (may_set_header(name, value)) {
      reply.headers.emplace_back(name, value);
    } else {
      checked.problem = "an HTTP answer with the header \"" + std::string(is_header_value(name) ? name : "?") + "\"";
    }
  }
  return checked;
}

engine::HttpReply plain_http_reply(unsigned status, std::string_view text) {
  engine::HttpReply reply;
  reply.status = status;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = text;
  reply.headers.emplace_back("Cache-Control", "no-store");
  return reply;
}

}  // namespace signaling::server
