#include "http_exchange.hpp"

#include <signaling/server/http_rules.hpp>

namespace signaling::testing {

CopiedHttpRequest::CopiedHttpRequest(const FakeHttpRequest& request) {
  for (const auto& [name, value] : request.headers) headers_.push_back({texts_.add(name), texts_.add(value)});
  view_.method = texts_.add(request.method);
  view_.target = texts_.add(request.target);
  const std::size_t end = view_.target.find('?');
  view_.path = view_.target.substr(0, end);
  if (end != std::string_view::npos) view_.query = view_.target.substr(end + 1);
  view_.headers = headers_;
  view_.body = texts_.add(request.body);
  view_.address = texts_.add(request.client_address);
  view_.secure = request.is_secure;
}

HttpAnswer check_answer(const plugin_api::HttpResponse& response, std::vector<std::string>& faults) {
  if (response.status < 200 || response.status > 599) {
    faults.push_back("status " + std::to_string(response.status));
    return plain_answer(500, "the plugin failed");
  }
  if (response.body.size() > plugin_api::max_http_answer_bytes) {
    faults.push_back("a body of " + std::to_string(response.body.size()) + " bytes");
    return plain_answer(500, "the plugin failed");
  }
  HttpAnswer answer;
  answer.status = response.status;
  answer.body = response.body;
  if (server::is_header_value(response.content_type)) {
    answer.content_type = response.content_type;
  } else {
    faults.emplace_back("the content type");
  }
  for (const auto& [name, value] : response.headers) {
    if (server::may_set_header(name, value)) {
      answer.headers.emplace_back(name, value);
    } else {
      faults.push_back("header " + std::string(name));
    }
  }
  return answer;
}

HttpAnswer plain_answer(unsigned status, std::string_view text) {
  HttpAnswer answer;
  answer.status = status;
  answer.content_type = "text/plain; charset=utf-8";
  answer.body = text;
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

std::string to_text(const HttpAnswer& answer) { return std::to_string(answer.status) + ' ' + answer.body; }

}  // namespace signaling::testing
