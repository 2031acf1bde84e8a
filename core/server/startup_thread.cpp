#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include <signaling/server/startup_thread.hpp>

namespace signaling::server {

struct StartupThread::State {
  std::mutex mutex;  ///< call, is_done, is_ending
  std::condition_variable changed;
  std::function<void()> call;
  bool is_done = false;
  bool is_ending = false;
  std::thread thread;  ///< the owner's alone

  void serve() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return call || is_ending; });
      if (!call) return;
      const std::function<void()> current = std::exchange(call, nullptr);
      lock.unlock();
      current();
      lock.lock();
      is_done = true;
      changed.notify_all();
    }
  }
};

StartupThread::StartupThread() : state_(std::make_shared<State>()) {
  state_->thread = std::thread([state = state_] { state->serve(); });
}

StartupThread::~StartupThread() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_ending = true;
  }
  state_->changed.notify_all();
  if (stuck_)
    state_->thread.detach();
  else
    state_->thread.join();
}

bool StartupThread::run(std::function<void()> call, std::optional<std::chrono::milliseconds> deadline) {
  if (stuck_) return false;
  std::unique_lock lock(state_->mutex);
  state_->is_done = false;
  state_->call = std::move(call);
  state_->changed.notify_all();
  const auto is_done = [&] { return state_->is_done; };
  if (deadline)
    stuck_ = !state_->changed.wait_for(lock, *deadline, is_done);
  else
    state_->changed.wait(lock, is_done);
  return !stuck_;
}

}  // namespace signaling::server
