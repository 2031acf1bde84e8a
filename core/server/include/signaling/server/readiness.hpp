#pragma once
// Whether this node should get new clients, and why not.

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace signaling::server {

/// [any thread]
class Readiness {
 public:
  enum class Phase : int { starting, ready, draining };
  enum class Status : int {
    ready,
    degraded,     ///< serves clients, but a part of it is not well
    unavailable,  ///< starting or draining; or degraded, where that is said to count
  };
  struct Report {
    Status status;
    std::vector<std::string> reasons;  ///< empty where ready
  };
  /// Appends a line for each thing that is not well. Quick.
  using Check = std::function<void(std::vector<std::string>& reasons)>;

  void set_phase(Phase phase) noexcept { phase_.store(phase, std::memory_order_relaxed); }
  Phase phase() const noexcept { return phase_.load(std::memory_order_relaxed); }
  /// False: a node that is degraded counts as unavailable. Default: true.
  void set_ready_when_degraded(bool ready) noexcept { ready_when_degraded_.store(ready, std::memory_order_relaxed); }

  void add_check(Check check);
  /// Returns once no check runs and none ever will again: before what they look at is destroyed.
  void clear_checks();

  Report report() const;

 private:
  std::atomic<Phase> phase_{Phase::starting};
  std::atomic<bool> ready_when_degraded_{true};
  mutable std::mutex mutex_;  ///< held while checks run
  std::vector<Check> checks_;
};

std::string_view to_string(Readiness::Status status) noexcept;

}  // namespace signaling::server
