#pragma once
// Timers that end with the object that holds them.
//
//     Timer timeout = run_after(host, 5s, [this] { give_up(); });            // on the calling loop
//     Timer sweep = run_every_on(host, 0, 1min, [this] { sweep_rooms(); });  // on loop 0, from any thread: in `start`

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/post.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

namespace detail {

/// Shared by the `Timer` and by what the host holds, and gone with the last of them; so a host may keep a task longer than the
/// plugin lives. The function goes as soon as it cannot be called any more, whoever still holds the task: it may own a verdict
/// that has to end while there are sockets. All but `cancel`, `set_interval` and the counting on its loop, or once that has
/// ended.
class TimerTask : public Task {
 public:
  TimerTask(Host& host, std::uint32_t loop, std::int64_t delay_ms, std::int64_t interval_ms) noexcept
      : host_(host), loop_(loop), delay_ms_(delay_ms), interval_ms_(interval_ms) {}

  // By the host.
  void run() final {
    number_.store(0, std::memory_order_relaxed);
    was_due_ = true;
    if (is_cancelled()) return;
    if (is_repeating()) {
      delay_ms_ = interval_ms_.load(std::memory_order_relaxed);
      arm();  // before the work, which may throw
    }
    work();
  }
  void release() noexcept final {
    // Where it was not due, it never will be. (Where the work cancels its own next turn, that is let go first: each is taken
    // for the other then, and the function is gone behind its run all the same.)
    if (!std::exchange(was_due_, false)) forget();
    drop();
  }

  void arm() {
    hold();
    number_.store(host_.start_timer(static_cast<std::uint64_t>(delay_ms_), *this), std::memory_order_relaxed);
  }
  /// For one more `drop`, or `release` by the host.
  void hold() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }
  void drop() noexcept {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }
  /// Elsewhere than on its loop the host's part stays until it is due, and does nothing then.
  void cancel() noexcept {
    is_cancelled_.store(true, std::memory_order_release);
    if (is_waiting() && host_.current_loop() == loop_) host_.cancel_timer(number_.exchange(0, std::memory_order_relaxed));
  }
  /// It will not be called any more: the function and what it holds are gone.
  void forget() noexcept {
    number_.store(0, std::memory_order_relaxed);
    forget_function();
  }
  bool is_cancelled() const noexcept { return is_cancelled_.load(std::memory_order_acquire); }
  bool is_waiting() const noexcept { return number_.load(std::memory_order_relaxed) != 0; }
  bool is_repeating() const noexcept { return interval_ms_.load(std::memory_order_relaxed) != 0; }
  void set_interval(std::int64_t interval_ms) noexcept { interval_ms_.store(interval_ms, std::memory_order_relaxed); }

 protected:
  virtual ~TimerTask() = default;
  virtual void work() {}
  virtual void forget_function() noexcept {}

 private:
  Host& host_;
  const std::uint32_t loop_;
  std::int64_t delay_ms_;
  std::atomic<std::int64_t> interval_ms_;  ///< 0: once
  std::atomic<std::uint64_t> number_{0};   ///< of the host's timer, while it waits
  bool was_due_ = false;
  std::atomic<bool> is_cancelled_{false};
  std::atomic<std::uint32_t> holders_{1};
};

template <class F>
class TimerTaskOf final : public TimerTask {
 public:
  TimerTaskOf(Host& host, std::uint32_t loop, std::int64_t delay_ms, std::int64_t interval_ms, F f)
      : TimerTask(host, loop, delay_ms, interval_ms), f_(std::move(f)) {}

 private:
  void work() override { (*f_)(); }
  void forget_function() noexcept override { f_.reset(); }
  std::optional<F> f_;
};

inline std::int64_t timer_ms(std::chrono::milliseconds time) noexcept { return std::max<std::int64_t>(time.count(), 1); }

}  // namespace detail

/// Cancels what it stands for when it is destroyed or given another. On the timer's loop, where the function is surely not run
/// any more, and its captures are gone at once; also while the function runs, which may even destroy its own timer. Elsewhere
/// only where nothing runs there: in `stop` and the plugin's destructor.
class [[nodiscard]] Timer {
 public:
  Timer() = default;
  Timer(Timer&& other) noexcept : task_(std::exchange(other.task_, nullptr)) {}
  Timer& operator=(Timer&& other) noexcept {
    if (this != &other) {
      cancel();
      task_ = std::exchange(other.task_, nullptr);
    }
    return *this;
  }
  ~Timer() { cancel(); }

  void cancel() noexcept {
    if (task_ == nullptr) return;
    task_->cancel();
    std::exchange(task_, nullptr)->drop();
  }
  /// The function will be called, or called again. [loop], the timer's
  bool is_waiting() const noexcept { return task_ != nullptr && task_->is_waiting(); }
  /// Of a repeating one, from the next turn on. [any thread]
  void set_interval(std::chrono::milliseconds interval) noexcept {
    if (task_ != nullptr && task_->is_repeating()) task_->set_interval(detail::timer_ms(interval));
  }

  /// Takes over one holder of the task. For the functions below.
  explicit Timer(detail::TimerTask& task) noexcept : task_(&task) {}

 private:
  detail::TimerTask* task_ = nullptr;
};

namespace detail {

template <class F>
Timer make_timer(Host& host, std::uint32_t loop, std::chrono::milliseconds delay, std::chrono::milliseconds interval, F&& f) {
  using Made = TimerTaskOf<std::decay_t<F>>;
  auto* task = new Made(host, loop, timer_ms(delay), interval.count(), std::forward<F>(f));
  Timer timer(*task);
  if (host.current_loop() == loop) {
    task->arm();
    return timer;
  }
  task->hold();
  struct Held {  // the post may never run
    explicit Held(TimerTask& of_task) noexcept : task(&of_task) {}
    Held(Held&& other) noexcept : task(std::exchange(other.task, nullptr)) {}
    ~Held() {
      if (task == nullptr) return;
      if (!has_run) task->forget();
      task->drop();
    }
    TimerTask* task;
    bool has_run = false;
  };
  post(host, loop, [held = Held(*task)]() mutable {
    held.has_run = true;
    if (!held.task->is_cancelled()) held.task->arm();
  });
  return timer;
}

}  // namespace detail

/// `f()` once on the calling loop, `delay` (at least 1 ms) from now. On a thread that is no loop: never, and the server logs
/// it. [loop]
template <class F>
Timer run_after(Host& host, std::chrono::milliseconds delay, F&& f) {
  return detail::make_timer(host, host.current_loop(), delay, std::chrono::milliseconds(0), std::forward<F>(f));
}

/// `f()` again and again on the calling loop, `interval` (at least 1 ms) from the beginning of one to that of the next,
/// whatever it throws. [loop]
template <class F>
Timer run_every(Host& host, std::chrono::milliseconds interval, F&& f) {
  return detail::make_timer(host, host.current_loop(), interval, std::chrono::milliseconds(detail::timer_ms(interval)),
                            std::forward<F>(f));
}

/// The same on a loop that need not be the calling one: `delay` counts from the moment it gets to it. [any thread]
template <class F>
Timer run_after_on(Host& host, std::uint32_t loop, std::chrono::milliseconds delay, F&& f) {
  return detail::make_timer(host, loop, delay, std::chrono::milliseconds(0), std::forward<F>(f));
}
template <class F>
Timer run_every_on(Host& host, std::uint32_t loop, std::chrono::milliseconds interval, F&& f) {
  return detail::make_timer(host, loop, interval, std::chrono::milliseconds(detail::timer_ms(interval)), std::forward<F>(f));
}

}  // namespace signaling::plugin_api
