#include <signaling/plugin_api/callbacks.hpp>
#include <signaling/test_kit/fake_host.hpp>
#include <signaling/test_kit/verdict_life.hpp>

namespace signaling::testing {

VerdictLife::~VerdictLife() {
  if (timer_) host_->cancel_timer(*timer_);
}

void VerdictLife::when_ended(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_ended_) {
      when_ended_ = std::move(task);
      return;
    }
  }
  task();
}

void VerdictLife::end(const std::function<void()>& decide) {
  std::function<void()> task;
  bool is_later = false;
  {
    const std::lock_guard lock(mutex_);
    ++calls_;
    if (std::exchange(is_ended_, true)) return;
    decide();
    task = std::exchange(when_ended_, {});
    is_later = is_deferred_ && host_ != nullptr;
  }
  if (!task) return;
  // As the server does, whichever thread this is.
  if (is_later) return host_->post(0, plugin_api::make_task(std::move(task)));
  task();
}

void VerdictLife::forget(const std::function<void()>& decide) {
  if (!is_deferred()) end_instead(is_forgotten_, decide);
}

void VerdictLife::defer_until_deadline(std::function<void()> refuse) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(is_deferred_, true) || is_ended_ || host_ == nullptr) return;
  timer_ = host_->start_timer(deadline_ms_, plugin_api::make_task([this, refuse = std::move(refuse)] {
                                timer_.reset();
                                end_instead(is_timed_out_, refuse);
                              }));
}

void VerdictLife::end_instead(bool& reason, const std::function<void()>& decide) {
  std::function<void()> task;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_ended_, true)) return;
    reason = true;
    decide();
    task = std::exchange(when_ended_, {});
  }
  if (task) task();
}

}  // namespace signaling::testing
