#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <span>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <signaling/net/loop.hpp>

#include "file_descriptor.hpp"
#include "turn_budget.hpp"

namespace signaling::net {
namespace {

using base::Clock;
using base::Duration;
using base::Task;
using base::TimePoint;

/// Deferred tasks may defer more; so many rounds are run within one turn before the rest waits for the next.
constexpr int max_defer_rounds = 64;
/// Handling one costs more than looking at the clock by far, and sometimes much more.
constexpr std::size_t event_cost = 4;
/// A wait for events that ends sooner was none.
constexpr Duration at_once = std::chrono::microseconds(20);

std::uint64_t microseconds(Duration duration) noexcept {
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(duration).count()));
}

void count(std::array<Counter, LoopStatistics::bounds_microseconds.size() + 1>& buckets, std::uint64_t value) noexcept {
  const auto& bounds = LoopStatistics::bounds_microseconds;
  const auto bound = std::lower_bound(bounds.begin(), bounds.end(), value);
  buckets[static_cast<std::size_t>(bound - bounds.begin())].add();
}

}  // namespace

class Loop::Impl {
 public:
  explicit Impl(std::uint32_t index) : index_(index), now_(Clock::now()) {
    epoll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    wake_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
    epoll_event event{};
    event.events = EPOLLIN | EPOLLET;  // edge-triggered: each wake is told without the counter ever being read
    event.data.ptr = nullptr;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0)
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }

  void run() {
    const Current current(*this);
    while (!stopping_.load(std::memory_order_relaxed)) turn(std::chrono::hours(1));
    stopping_.store(false, std::memory_order_relaxed);
  }

  void run_once(Duration longest_wait) {
    const Current current(*this);
    turn(longest_wait);
  }

  void stop() {
    stopping_.store(true);
    wake();
  }

  void discard_tasks() {
    std::vector<Task> mailbox;
    {
      const std::lock_guard lock(mutex_);
      mailbox.swap(mailbox_);
      has_mail_.store(false);
    }
    local_.clear();
    deferred_.clear();
    for (Outbox& outbox : outboxes_) outbox.tasks.clear();
  }

  void post(Task task) {
    if (current_ == this) {
      local_.push_back(std::move(task));
    } else if (current_ != nullptr) {
      current_->outbox_for(*this).push_back(std::move(task));
    } else {
      deliver({&task, 1});
    }
  }

  void watch(int fd, IoHandler& handler, std::uint32_t events) {
    epoll_event event{};
    event.events = events | EPOLLET;
    event.data.ptr = &handler;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
      throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }

  void unwatch(int fd, IoHandler& handler) noexcept {
    epoll_event event{};
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &event);
    // Events of this turn that are still to be served must not reach it, since it may be on another loop by then.
    for (std::size_t i = next_event_; i < event_count_; ++i) {
      if (events_[i].data.ptr == &handler) events_[i].data.ptr = nullptr;
    }
  }

  const std::uint32_t index_;
  TimePoint now_;
  base::TimerQueue timers_;
  std::vector<Task> deferred_;
  std::vector<TurnListener*> listeners_;
  LoopStatistics statistics_;
  Counter exceptions_;
  bool found_work_at_once_ = false;
  bool is_long_step_ = false;
  bool has_long_steps_ = false;  ///< in this turn
  static thread_local Impl* current_;

 private:
  struct Outbox {
    Impl* target;
    std::vector<Task> tasks;
  };

  /// Marks the thread as this loop's for a scope.
  class Current {
   public:
    explicit Current(Impl& impl) noexcept : previous_(std::exchange(current_, &impl)) {}
    ~Current() { current_ = previous_; }
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;

   private:
    Impl* previous_;
  };

  void turn(Duration longest_wait) {
    wait(longest_wait);
    now_ = Clock::now();
    has_long_steps_ = false;
    // The mailbox goes before what arrived on sockets: a client that was told of a message (its sender's acknowledgement is
    // written after the posts) and answers on another loop must not overtake it.
    const bool had_tasks = run_posted();
    found_work_at_once_ = (event_count_ != 0 || had_tasks) && now_ - turn_end_ < at_once;
    run_deferred();
    serve_events();
    run_deferred();
    run_timers();
    run_deferred();
    flush_outboxes();
    more_at_once_ = false;
    for (std::size_t i = 0; i < listeners_.size(); ++i)
      guarded([&] { more_at_once_ = listeners_[i]->on_turn_end() || more_at_once_; });
    flush_outboxes();

    turn_end_ = Clock::now();
    const std::uint64_t busy = microseconds(turn_end_ - now_);
    count(statistics_.turns, busy);
    statistics_.busy_microseconds.add(busy);
    statistics_.longest_turn_microseconds.raise_to(busy);
  }

  void serve_events() {
    TurnBudget<> budget(events_part, now_);
    is_long_step_ = false;
    while (next_event_ < event_count_) {
      const epoll_event& event = events_[next_event_++];
      if (event.data.ptr == nullptr) continue;
      guarded([&] { static_cast<IoHandler*>(event.data.ptr)->on_io(event.events); });
      const bool was_long = std::exchange(is_long_step_, false);
      if (budget.is_spent_after(was_long ? TurnBudget<>::look_after : event_cost)) return;
    }
    next_event_ = event_count_ = 0;
  }

  void wait(Duration longest_wait) {
    if (next_event_ < event_count_) return;  // the turn before had no time for them
    Duration wait = longest_wait;
    if (const auto deadline = timers_.next_deadline())
      wait = std::min(wait, std::max(Duration::zero(), *deadline - Clock::now()));
    if (more_at_once_ || !local_.empty() || !deferred_.empty()) wait = Duration::zero();
    if (wait > Duration::zero()) {
      // In one order with what `deliver` does: either the mail is seen here, or whoever brings it sees that it must wake.
      asleep_.store(true);
      if (has_mail_.load() || stopping_.load()) wait = Duration::zero();
    }
    // Rounded up: waking a moment before a deadline would only mean a second wait.
    const auto timeout = static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
    const int count = ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout);
    next_event_ = 0;
    event_count_ = count > 0 ? static_cast<std::size_t>(count) : 0;  // EINTR: a turn without events
  }

  void run_deferred() {
    for (int round = 0; !deferred_.empty() && round < max_defer_rounds; ++round) {
      running_.swap(deferred_);
      run(running_);
    }
  }

  /// @return whether there were any
  bool run_posted() {
    // What these tasks post to this very loop runs in the next turn.
    const bool had_local = !local_.empty();
    if (had_local) {
      running_.swap(local_);
      statistics_.tasks.add(running_.size());
      run(running_);
    }
    if (asleep_.load(std::memory_order_relaxed)) asleep_.store(false, std::memory_order_relaxed);
    if (!has_mail_.load()) return had_local;
    {
      const std::lock_guard lock(mutex_);
      running_.swap(mailbox_);
      has_mail_.store(false);
    }
    statistics_.tasks.add(running_.size());
    run(running_);
    return true;
  }

  void run_timers() {
    const auto deadline = timers_.next_deadline();
    if (!deadline || *deadline > now_) return;
    const std::uint64_t late = microseconds(now_ - *deadline);
    count(statistics_.timer_lag, late);
    statistics_.timer_lag_microseconds.add(late);
    guarded([&] { timers_.run_due(now_); });
  }

  void run(std::vector<Task>& tasks) {
    for (Task& task : tasks) guarded([&] { task(); });
    tasks.clear();
  }

  template <class F>
  void guarded(F&& f) noexcept {
    try {
      f();
    } catch (...) {
      exceptions_.add();
    }
  }

  std::vector<Task>& outbox_for(Impl& target) {
    for (Outbox& outbox : outboxes_) {
      if (outbox.target == &target) return outbox.tasks;
    }
    return outboxes_.emplace_back(Outbox{&target, {}}).tasks;
  }

  void flush_outboxes() {
    for (Outbox& outbox : outboxes_) {
      if (outbox.tasks.empty()) continue;
      outbox.target->deliver(outbox.tasks);
      outbox.tasks.clear();
    }
  }

  /// Moves tasks into the mailbox, from any thread; wakes the loop where it waits.
  void deliver(std::span<Task> tasks) {
    {
      const std::lock_guard lock(mutex_);
      for (Task& task : tasks) mailbox_.push_back(std::move(task));
      has_mail_.store(true);
    }
    if (asleep_.exchange(false)) wake();
  }

  void wake() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
  }

  FileDescriptor epoll_;
  FileDescriptor wake_;
  std::array<epoll_event, 512> events_{};
  std::size_t next_event_ = 0;
  std::size_t event_count_ = 0;
  bool more_at_once_ = false;
  TimePoint turn_end_{};
  std::vector<Task> running_;
  std::vector<Task> local_;  ///< posted by this loop to itself
  std::vector<Outbox> outboxes_;

  std::mutex mutex_;  ///< guards mailbox_
  std::vector<Task> mailbox_;
  std::atomic<bool> has_mail_{false};  ///< mailbox_ is not empty: a turn without mail takes no lock. Written under mutex_
  std::atomic<bool> asleep_{false};    ///< the loop waits or is about to: whoever brings mail wakes it
  std::atomic<bool> stopping_{false};
};

thread_local Loop::Impl* Loop::Impl::current_ = nullptr;

Loop::Loop(std::uint32_t index) : impl_(std::make_unique<Impl>(index)) {}
Loop::~Loop() = default;
void Loop::run() { impl_->run(); }
void Loop::run_once(Duration longest_wait) { impl_->run_once(longest_wait); }
void Loop::stop() { impl_->stop(); }
void Loop::discard_tasks() { impl_->discard_tasks(); }
std::uint32_t Loop::index() const { return impl_->index_; }
bool Loop::is_current() const { return Impl::current_ == impl_.get(); }
void Loop::post(Task task) { impl_->post(std::move(task)); }
void Loop::defer(Task task) { impl_->deferred_.push_back(std::move(task)); }
TimePoint Loop::now() const { return impl_->now_; }
base::TimerQueue& Loop::timers() { return impl_->timers_; }
void Loop::watch(int fd, IoHandler& handler, std::uint32_t events) { impl_->watch(fd, handler, events); }
void Loop::unwatch(int fd, IoHandler& handler) noexcept { impl_->unwatch(fd, handler); }
void Loop::add_turn_listener(TurnListener& listener) { impl_->listeners_.push_back(&listener); }
void Loop::remove_turn_listener(TurnListener& listener) noexcept { std::erase(impl_->listeners_, &listener); }
void Loop::expect_long_step() noexcept { impl_->is_long_step_ = impl_->has_long_steps_ = true; }
bool Loop::is_late() const noexcept { return impl_->has_long_steps_ && Clock::now() - impl_->now_ >= events_part; }
bool Loop::found_work_at_once() const noexcept { return impl_->found_work_at_once_; }
const LoopStatistics& Loop::statistics() const noexcept { return impl_->statistics_; }
std::uint64_t Loop::exceptions() const noexcept { return impl_->exceptions_.value(); }

}  // namespace signaling::net
