#pragma once
// What verdicts of every kind have in common: the first call counts, a deferred one has a deadline, and somebody waits for the
// end.

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace signaling::testing {

class FakeHost;

/// Base of recorded verdicts. Ended from any thread, looked at from any; outlives the plugin's use of it.
class VerdictLife {
 public:
  /// As the server's default `socketio.middleware_timeout`.
  static constexpr std::uint32_t default_deadline_ms = 5'000;

  VerdictLife(const VerdictLife&) = delete;
  VerdictLife& operator=(const VerdictLife&) = delete;

  bool is_ended() const { return read(is_ended_); }
  bool is_deferred() const { return read(is_deferred_); }
  /// The deadline has refused it.
  bool is_timed_out() const { return read(is_timed_out_); }
  /// The hook has returned with neither verdict nor `defer`, which refuses.
  bool is_forgotten() const { return read(is_forgotten_); }
  /// How often a verdict was given: the first counts. One after the deadline is no error, and is among them.
  unsigned calls() const { return read(calls_); }

  /// Called once when it is ended: right away during the hook, else by a task of the host (`FakeHost::run_posted`).
  void when_ended(std::function<void()> task);

 protected:
  /// Without a host a deferred verdict has no deadline.
  VerdictLife(FakeHost* host, std::uint32_t deadline_ms) : host_(host), deadline_ms_(deadline_ms) {}
  ~VerdictLife();

  template <class T>
  T read(const T& member) const {
    const std::lock_guard lock(mutex_);
    return member;
  }
  /// The plugin's call. `decide()` under the lock where it is the first.
  void end(const std::function<void()>& decide);
  /// What the server does where the plugin said nothing: the same, at once.
  void forget(const std::function<void()>& decide);
  /// `refuse()` under the lock where the deadline comes first.
  void defer_until_deadline(std::function<void()> refuse);

  mutable std::mutex mutex_;  ///< guards what derived classes keep, and what follows
  bool is_ended_ = false;
  bool is_deferred_ = false;

 private:
  void end_instead(bool& reason, const std::function<void()>& decide);

  FakeHost* const host_;
  const std::uint32_t deadline_ms_;
  std::optional<std::uint64_t> timer_;
  bool is_timed_out_ = false;
  bool is_forgotten_ = false;
  unsigned calls_ = 0;
  std::function<void()> when_ended_;
};

}  // namespace signaling::testing
