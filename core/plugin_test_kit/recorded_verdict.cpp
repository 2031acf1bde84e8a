#include <utility>

#include <signaling/test_kit/recorded_verdict.hpp>

namespace signaling::testing {

std::string RecordedVerdict::text() const {
  const std::lock_guard lock(mutex_);
  switch (outcome_) {
    case Outcome::passed: return "pass";
    case Outcome::refused: return "refuse " + message_ + data_;
    case Outcome::disconnected: return "disconnect";
    case Outcome::none: break;
  }
  return is_deferred_ ? "deferred" : "";
}

void RecordedVerdict::end_hook() {
  forget([this] { set_refusal("internal error"); });
}

void RecordedVerdict::refuse(std::string_view message, std::string_view data_json) {
  end([&] {
    set_refusal(message);
    data_ = data_json;
  });
}

void RecordedVerdict::replace(const plugin_api::Payload& event) {
  Received what = receive(event);
  const std::lock_guard lock(mutex_);
  if (!is_ended_) replacement_ = std::move(what);
}

plugin_api::Verdict& RecordedVerdict::defer() {
  defer_until_deadline([this] { set_refusal("timeout"); });
  return *this;
}

void RecordedVerdict::refuse_handshake(const plugin_api::HandshakeRefusal& refusal) {
  const bool is_error = refusal.status >= 400 && refusal.status <= 599;
  end([&] {
    set_refusal(refusal.message);
    if (is_error) status_ = refusal.status;
    retry_after_seconds_ = refusal.retry_after_seconds;
  });
}

void RecordedVerdict::set_refusal(std::string_view message) {
  outcome_ = Outcome::refused;
  message_ = message;
}

}  // namespace signaling::testing
