#include <utility>

#include <signaling/base/timer_queue.hpp>

namespace signaling::base {

Timer::~Timer() {
  if (queue_ != nullptr) queue_->disarm(*this);
}

TimerQueue::~TimerQueue() {
  for (const Entry& entry : heap_) entry.timer->queue_ = nullptr;
  for (const Entry& entry : late_) entry.timer->queue_ = nullptr;
}

void TimerQueue::place(std::size_t index, Entry entry) noexcept {
  heap_[index] = entry;
  entry.timer->index_ = static_cast<std::uint32_t>(index);
}

void TimerQueue::sift_up(std::size_t index) noexcept {
  const Entry moving = heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / 2;
    if (!(moving.deadline < heap_[parent].deadline)) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, moving);
}

void TimerQueue::sift_down(std::size_t index) noexcept {
  const Entry moving = heap_[index];
  for (;;) {
    std::size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1].deadline < heap_[child].deadline) ++child;
    if (!(heap_[child].deadline < moving.deadline)) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, moving);
}

void TimerQueue::push(Entry entry) {
  heap_.push_back(entry);
  entry.timer->queue_ = this;
  entry.timer->is_late_ = false;
  entry.timer->index_ = static_cast<std::uint32_t>(heap_.size() - 1);
  sift_up(entry.timer->index_);
}

void TimerQueue::arm(Timer& timer, TimePoint deadline) {
  if (timer.queue_ == this && !timer.is_late_ && !must_wait(deadline)) {
    const TimePoint before = std::exchange(heap_[timer.index_].deadline, deadline);
    if (deadline < before) {
      sift_up(timer.index_);
    } else {
      sift_down(timer.index_);
    }
    return;
  }
  if (timer.queue_ != nullptr) timer.queue_->disarm(timer);
  if (!must_wait(deadline)) return push({deadline, &timer});
  late_.push_back({deadline, &timer});
  timer.queue_ = this;
  timer.is_late_ = true;
  timer.index_ = static_cast<std::uint32_t>(late_.size() - 1);
}

void TimerQueue::disarm(Timer& timer) noexcept {
  if (timer.queue_ != this) return;
  const std::size_t index = timer.index_;
  timer.queue_ = nullptr;
  if (timer.is_late_) {
    late_[index] = late_.back();
    late_[index].timer->index_ = timer.index_;
    late_.pop_back();
    return;
  }
  const Entry last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  place(index, last);
  sift_up(index);
  sift_down(last.timer->index_);
}

std::optional<TimePoint> TimerQueue::next_deadline() const noexcept {
  std::optional<TimePoint> next;
  if (!heap_.empty()) next = heap_.front().deadline;
  for (const Entry& entry : late_) {
    if (!next || entry.deadline < *next) next = entry.deadline;
  }
  return next;
}

void TimerQueue::run_due(TimePoint now) {
  // Ends whatever the timers do: what they arm for a time that has come waits in late_, so neither a timer that arms itself
  // for the past holds the loop nor does it go before others that are due.
  running_at_ = now;
  struct Finish {
    TimerQueue& queue;
    ~Finish() { queue.finish_run(); }
  } const finish{*this};
  while (!heap_.empty() && !(now < heap_.front().deadline)) {
    Timer& timer = *heap_.front().timer;
    disarm(timer);
    timer.on_timer(now);
  }
}

void TimerQueue::finish_run() {
  running_at_.reset();
  for (const Entry& entry : late_) push(entry);
  late_.clear();
}

}  // namespace signaling::base
