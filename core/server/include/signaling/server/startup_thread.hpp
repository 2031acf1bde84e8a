#pragma once
// The thread that makes every life-cycle call into plugins, so that a call which hangs can be seen and named.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace signaling::server {

/// Runs one call after the other on a thread of its own while the caller waits. One caller at a time.
class StartupThread {
 public:
  StartupThread();
  /// Ends the thread; after a late call that is not possible, and the thread is left behind: end the process.
  ~StartupThread();
  StartupThread(const StartupThread&) = delete;
  StartupThread& operator=(const StartupThread&) = delete;

  /// Waits until `call` has returned, or for `deadline`: false then, and no other call can be made; what `call` refers to must
  /// stay alive. `call` throws nothing.
  [[nodiscard]] bool run(std::function<void()> call, std::optional<std::chrono::milliseconds> deadline);
  /// A call is late.
  bool is_stuck() const noexcept { return stuck_; }

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< shared with the thread, which may outlive this
  bool stuck_ = false;
};

}  // namespace signaling::server
