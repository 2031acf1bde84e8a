#include <algorithm>
#include <array>

#include <signaling/server/http_values.hpp>

namespace signaling::server {

namespace {

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";  // RFC 9110 section 5.6.2
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           marks.find(c) != std::string_view::npos;
  });
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// Framing and what net or the engine writes themselves; a second one would let two readers see two answers.
bool is_servers_own(std::string_view name) {
  constexpr std::array<std::string_view, 8> names{
      "content-length", "content-type", "transfer-encoding", "connection", "keep-alive", "upgrade", "date", "trailer"};
  const std::string low = lower(name);
  return std::find(names.begin(), names.end(), low) != names.end() || low.starts_with("sec-websocket-") ||
         low.starts_with("access-control-");
}

bool is_value(std::string_view value) noexcept {
  return std::none_of(value.begin(), value.end(),
                      [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}

}  // namespace

HttpRequestView::HttpRequestView(const engine::HttpRequest& request) {
  headers_.reserve(request.headers.size());
  for (const auto& [name, value] : request.headers) headers_.push_back({name, value});
  view_ = {request.method, request.target, request.path,           request.query,
           headers_,       request.body,   request.remote_address, request.secure};
}

bool may_set_header(std::string_view name, std::string_view value) noexcept {
  return is_token(name) && is_value(value) && !is_servers_own(name);
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
    if (is_value(response.content_type)) {
      reply.headers.emplace_back("Content-Type", response.content_type);
    } else {
      checked.problem = "an HTTP answer with a content type that holds control characters";
    }
  }
  for (const auto& [name, value] : response.headers) {
    if (may_set_header(name, value)) {
      reply.headers.emplace_back(name, value);
    } else {
      checked.problem = "an HTTP answer with the header \"" + std::string(is_value(name) ? name : "?") + "\"";
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
