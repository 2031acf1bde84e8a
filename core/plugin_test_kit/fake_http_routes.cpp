#include <algorithm>
#include <stdexcept>
#include <utility>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/plugin_api/namespace_pattern.hpp>
#include <signaling/server/http_rules.hpp>
#include <signaling/test_kit/fake_host.hpp>
#include <signaling/test_kit/fake_http_routes.hpp>

#include "http_exchange.hpp"

namespace signaling::testing {

using plugin_api::Status;

namespace {
constexpr std::string_view engine_path = "/socket.io/";  // the server's default
}

bool HttpCall::is_answered() const {
  const std::lock_guard lock(mutex_);
  return answer_.has_value();
}

HttpAnswer HttpCall::result() const {
  const std::lock_guard lock(mutex_);
  if (!answer_) throw std::logic_error("the request has no answer yet");
  return *answer_;
}

bool HttpCall::is_timed_out() const {
  const std::lock_guard lock(mutex_);
  return is_timed_out_;
}

unsigned HttpCall::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::vector<std::string> HttpCall::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

std::string HttpCall::text() const {
  const std::lock_guard lock(mutex_);
  return answer_ ? to_text(*answer_) : std::string();
}

void HttpCall::answer(const plugin_api::HttpResponse& response) {
  const std::lock_guard lock(mutex_);
  if (++calls_ > 1) return;
  HttpAnswer checked = check_answer(response, faults_);
  if (!answer_) answer_ = std::move(checked);
}

void HttpCall::answer_instead(HttpAnswer answer, bool is_timeout) {
  const std::lock_guard lock(mutex_);
  if (answer_) return;
  answer_ = std::move(answer);
  is_timed_out_ = is_timeout;
}

Status FakeHttpRoutes::add(std::string_view method, std::string_view path, std::uint32_t timeout_ms,
                           plugin_api::HttpRouteHandler& handler) {
  if (is_closed_) return Status::closed;
  if (!server::is_route(method, path, timeout_ms, engine_path)) return Status::invalid;
  const auto is_same = [&](const Route& route) { return route.method == method && route.path == path; };
  if (std::any_of(routes_.begin(), routes_.end(), is_same)) return Status::full;
  if (routes_.size() >= max_routes) return Status::too_many;
  routes_.push_back({std::string(method), std::string(path), timeout_ms, &handler});
  return Status::ok;
}

const FakeHttpRoutes::Route* FakeHttpRoutes::find(std::string_view method, std::string_view path, std::string& allowed) const {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  // A path without `*` goes before one with.
  for (const bool is_pattern : {false, true}) {
    for (const Route& route : routes_) {
      if (route.is_pattern() != is_pattern) continue;
      if (is_pattern ? !plugin_api::matches_pattern(route.path, path) : route.path != path) continue;
      if (route.method == wanted) return &route;
      allowed.append(allowed.empty() ? "" : ", ").append(route.method);
      if (route.method == "GET") allowed += ", HEAD";
    }
  }
  return nullptr;
}

HttpCall& FakeHttpRoutes::call(FakeHttpRequest request) {
  HttpCall& call = calls_.emplace_back();
  const CopiedHttpRequest shown(request);
  std::string allowed;
  const Route* const route = find(request.method, shown.get().path, allowed);
  if (route == nullptr) {
    HttpAnswer none = allowed.empty() ? plain_answer(404, "not found") : plain_answer(405, "method not allowed");
    if (!allowed.empty()) none.headers.emplace_back("Allow", std::move(allowed));
    call.answer_instead(std::move(none), false);
    return call;
  }
  host_.start_timer(route->timeout_ms,
                    plugin_api::make_task([&call] { call.answer_instead(plain_answer(504, "no answer in time"), true); }));
  try {
    route->handler->on_http_request(shown.get(), call);
  } catch (...) {
    call.answer_instead(plain_answer(500, "the plugin failed"), false);
    throw;
  }
  return call;
}

}  // namespace signaling::testing
