#pragma once
// The calls into plugins' life cycle: each has a deadline, and what escapes from one is a text.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/logger.h>

#include <signaling/server/startup_thread.hpp>

namespace signaling::server {

/// Makes one call after the other, all on the same thread, and logs their times. One caller at a time.
class LifeCalls {
 public:
  struct Outcome {
    bool is_late = false;      ///< nothing else is known then, and no other call can be made
    std::string error;         ///< what escaped; empty: nothing did
    std::vector<int> threads;  ///< kernel ids of those that began meanwhile
  };

  explicit LifeCalls(std::shared_ptr<spdlog::logger> log) : log_(std::move(log)) {}

  /// @param plugin  its name, for the log; empty where the call is the server's own
  /// @param what    names the call
  /// @param call    what it refers to stays alive where it is late
  Outcome make(std::string_view plugin, std::string_view what, std::chrono::milliseconds deadline, std::function<void()> call);
  /// A call is late: its thread hangs.
  bool is_stuck() const noexcept { return thread_.is_stuck(); }

  /// For people, of a call that is late.
  static std::string late_text(std::string_view what, std::chrono::milliseconds deadline);

 private:
  const std::shared_ptr<spdlog::logger> log_;
  StartupThread thread_;
};

}  // namespace signaling::server
