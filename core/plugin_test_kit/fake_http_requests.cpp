#include <algorithm>
#include <stdexcept>
#include <utility>

#include <signaling/test_kit/fake_host.hpp>
#include <signaling/test_kit/fake_http_requests.hpp>

#include "http_exchange.hpp"

namespace signaling::testing {

void FakeHttpRequests::watch(plugin_api::HttpRequestHook& hook) {
  if (std::find(hooks_.begin(), hooks_.end(), &hook) != hooks_.end()) {
    throw std::logic_error("HttpRequests::watch was called twice; one hook for each plugin");
  }
  hooks_.push_back(&hook);
}

HttpPassage& FakeHttpRequests::send(FakeHttpRequest request) {
  HttpPassage& passage = passages_.emplace_back(host_, deadline_ms, hooks_, std::move(request));
  passage.step();
  return passage;
}

HttpAnswer HttpPassage::answer() const {
  if (!refused()) throw std::logic_error("the request was not refused: it has no answer of a hook");
  return answer_;
}

RecordedHttpVerdict& HttpPassage::verdict() {
  if (verdicts_.empty()) throw std::logic_error("nobody watches requests: no hook was asked");
  return verdicts_.back();
}

std::string HttpPassage::text() const {
  if (passed()) return "pass";
  return refused() ? "refuse " + to_text(answer_) : "deferred";
}

void HttpPassage::step() {
  while (next_ < hooks_.size()) {
    plugin_api::HttpRequestHook& hook = *hooks_[next_++];
    RecordedHttpVerdict& verdict = verdicts_.emplace_back(&host_, deadline_ms_);
    {
      const CopiedHttpRequest shown(request_);
      hook.on_http_request(shown.get(), verdict);
    }
    verdict.end_hook();
    if (!verdict.is_ended()) {
      return verdict.when_ended([this] {
        if (take(verdicts_.back())) step();
      });
    }
    if (!take(verdict)) return;
  }
  outcome_ = Outcome::passed;
}

bool HttpPassage::take(const RecordedHttpVerdict& verdict) {
  // What the server answers for a hook that has said nothing has none of its headers.
  if (!verdict.is_timed_out() && !verdict.is_forgotten()) {
    for (auto& header : verdict.headers()) headers_.push_back(std::move(header));
  }
  if (verdict.passed()) return true;
  outcome_ = Outcome::refused;
  answer_ = verdict.answer();
  answer_.headers.insert(answer_.headers.end(), headers_.begin(), headers_.end());
  return false;
}

}  // namespace signaling::testing
