#pragma once
// How the start goes on, told from the adapter's thread to the one that waits in start().

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace signaling::broker_parts {

/// The first that is told counts. [any thread]
class StartGate {
 public:
  void set_ready() { set(std::nullopt); }
  /// @param reason  for people
  void set_refused(std::string_view reason) { set(std::string(reason)); }
  /// The reason of a refusal; nullopt where the adapter is ready, or nothing was heard in time.
  std::optional<std::string> wait(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, timeout, [this] { return is_set_; });
    return refusal_;
  }

 private:
  void set(std::optional<std::string> refusal) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_set_, true)) return;
    refusal_ = std::move(refusal);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_set_ = false;  ///< guarded by mutex_, with all that follows
  std::optional<std::string> refusal_;
};

}  // namespace signaling::broker_parts
