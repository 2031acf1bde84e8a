#include <utility>

#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/fake_host.hpp>
#include <signaling/test_kit/recorded_verdict.hpp>

namespace signaling::testing {

RecordedVerdict::~RecordedVerdict() {
  if (timer_) host_->cancel_timer(*timer_);
}

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

void RecordedVerdict::when_ended(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (outcome_ == Outcome::none) {
      when_ended_ = std::move(task);
      return;
    }
  }
  task();
}

void RecordedVerdict::end_hook() {
  std::function<void()> task;
  {
    const std::lock_guard lock(mutex_);
    if (outcome_ != Outcome::none || is_deferred_) return;
    outcome_ = Outcome::refused;
    message_ = "internal error";
    is_forgotten_ = true;
    task = std::exchange(when_ended_, {});
  }
  if (task) task();
}

void RecordedVerdict::replace(const plugin_api::Payload& event) {
  Received what = receive(event);
  const std::lock_guard lock(mutex_);
  if (outcome_ == Outcome::none) replacement_ = std::move(what);
}

plugin_api::Verdict& RecordedVerdict::defer() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(is_deferred_, true) && outcome_ == Outcome::none && host_ != nullptr) {
    timer_ = host_->start_timer(deadline_ms_, plugin_api::make_task([this] { time_out(); }));
  }
  return *this;
}

void RecordedVerdict::refuse_handshake(const plugin_api::HandshakeRefusal& refusal) {
  const bool is_error = refusal.status >= 400 && refusal.status <= 599;
  end(Outcome::refused, refusal.message, {}, is_error ? refusal.status : 403, refusal.retry_after_seconds);
}

void RecordedVerdict::end(Outcome outcome, std::string_view message, std::string_view data, unsigned status,
                          unsigned retry_after) {
  std::function<void()> task;
  bool is_later = false;
  {
    const std::lock_guard lock(mutex_);
    ++calls_;
    if (outcome_ != Outcome::none) return;
    outcome_ = outcome;
    message_ = message;
    data_ = data;
    status_ = status;
    retry_after_seconds_ = retry_after;
    task = std::exchange(when_ended_, {});
    is_later = is_deferred_ && host_ != nullptr;
  }
  if (!task) return;
  // As the server does, whichever thread this is.
  if (is_later) return host_->post(0, plugin_api::make_task(std::move(task)));
  task();
}

void RecordedVerdict::time_out() {
  timer_.reset();
  std::function<void()> task;
  {
    const std::lock_guard lock(mutex_);
    if (outcome_ != Outcome::none) return;
    outcome_ = Outcome::refused;
    message_ = "timeout";
    is_timed_out_ = true;
    task = std::exchange(when_ended_, {});
  }
  if (task) task();
}

}  // namespace signaling::testing
