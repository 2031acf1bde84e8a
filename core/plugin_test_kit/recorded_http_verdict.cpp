#include <utility>

#include <signaling/server/http_rules.hpp>
#include <signaling/test_kit/recorded_http_verdict.hpp>

#include "http_exchange.hpp"

namespace signaling::testing {

std::string RecordedHttpVerdict::text() const {
  const std::lock_guard lock(mutex_);
  switch (outcome_) {
    case Outcome::passed: return "pass";
    case Outcome::refused: return "refuse " + to_text(answer_);
    case Outcome::none: break;
  }
  return is_deferred_ ? "deferred" : "";
}

void RecordedHttpVerdict::end_hook() {
  forget([this] { set_refusal(plain_answer(500, "internal error")); });
}

void RecordedHttpVerdict::add_header(std::string_view name, std::string_view value) {
  const std::lock_guard lock(mutex_);
  if (is_ended_) return;
  if (server::may_set_header(name, value)) {
    headers_.emplace_back(name, value);
  } else {
    faults_.push_back("header " + std::string(name));
  }
}

void RecordedHttpVerdict::refuse(const plugin_api::HttpResponse& response) {
  std::vector<std::string> faults;
  HttpAnswer answer = check_answer(response, faults);
  {
    const std::lock_guard lock(mutex_);
    faults_.insert(faults_.end(), faults.begin(), faults.end());
  }
  end([&] { set_refusal(std::move(answer)); });
}

plugin_api::HttpVerdict& RecordedHttpVerdict::defer() {
  defer_until_deadline([this] { set_refusal(plain_answer(503, "no verdict in time")); });
  return *this;
}

void RecordedHttpVerdict::set_refusal(HttpAnswer answer) {
  outcome_ = Outcome::refused;
  answer_ = std::move(answer);
}

}  // namespace signaling::testing
