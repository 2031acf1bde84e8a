#pragma once
// What a middleware decides, kept for the test.

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <signaling/plugin_api/handshake_refusals.hpp>
#include <signaling/plugin_api/middleware.hpp>
#include <signaling/test_kit/received.hpp>

namespace signaling::testing {

class FakeHost;

/// One verdict; a deferred one is the same object. Ended from any thread, looked at from any. Outlives the plugin's use of it:
/// as in the server, one that comes after the deadline is no error, and is counted.
class RecordedVerdict final : public plugin_api::Verdict {
 public:
  enum class Outcome {
    none,  ///< not yet
    passed,
    refused,
    disconnected,
  };
  /// As the server's default `socketio.middleware_timeout`.
  static constexpr std::uint32_t default_deadline_ms = 5'000;

  /// Without a host a deferred verdict has no deadline.
  explicit RecordedVerdict(FakeHost* host = nullptr, std::uint32_t deadline_ms = default_deadline_ms)
      : host_(host), deadline_ms_(deadline_ms) {}
  ~RecordedVerdict();
  RecordedVerdict(const RecordedVerdict&) = delete;
  RecordedVerdict& operator=(const RecordedVerdict&) = delete;

  // What the test looks at.
  Outcome outcome() const { return read(outcome_); }
  bool is_ended() const { return outcome() != Outcome::none; }
  bool passed() const { return outcome() == Outcome::passed; }
  bool refused() const { return outcome() == Outcome::refused; }
  bool disconnected() const { return outcome() == Outcome::disconnected; }
  bool is_deferred() const { return read(is_deferred_); }
  /// The deadline has refused it.
  bool is_timed_out() const { return read(is_timed_out_); }
  /// The hook has returned with neither verdict nor `defer`, which refuses.
  bool is_forgotten() const { return read(is_forgotten_); }
  /// How often pass, refuse or disconnect was called: the first counts. One after the deadline is among them.
  unsigned calls() const { return read(calls_); }
  std::string message() const { return read(message_); }  ///< of the refusal
  std::string data() const { return read(data_); }        ///< JSON, of the refusal
  unsigned status() const { return read(status_); }       ///< of a handshake refused by `HandshakeRefusals`; else 403
  unsigned retry_after_seconds() const { return read(retry_after_seconds_); }
  /// What goes on instead, where `replace` was called before the end.
  std::optional<Received> replacement() const { return read(replacement_); }
  /// `pass`, `refuse <message><data>`, `disconnect`, `deferred`, or nothing where there is no verdict.
  std::string text() const;

  // What the server does.
  /// Called once when it is ended: right away during the hook, else by a task of the host (`FakeHost::run_posted`).
  void when_ended(std::function<void()> task);
  /// The hook has returned: without verdict it is refused from here on.
  void end_hook();

  void pass() override { end(Outcome::passed, {}, {}, 403, 0); }
  void refuse(std::string_view message, std::string_view data_json = {}) override {
    end(Outcome::refused, message, data_json, 403, 0);
  }
  void disconnect() override { end(Outcome::disconnected, {}, {}, 403, 0); }
  void replace(const plugin_api::Payload& event) override;
  plugin_api::Verdict& defer() override;
  void refuse_handshake(const plugin_api::HandshakeRefusal& refusal);

 private:
  template <class T>
  T read(const T& member) const {
    const std::lock_guard lock(mutex_);
    return member;
  }
  void end(Outcome outcome, std::string_view message, std::string_view data, unsigned status, unsigned retry_after);
  void time_out();

  FakeHost* const host_;
  const std::uint32_t deadline_ms_;
  std::optional<std::uint64_t> timer_;

  mutable std::mutex mutex_;  ///< guards what follows
  Outcome outcome_ = Outcome::none;
  bool is_deferred_ = false;
  bool is_timed_out_ = false;
  bool is_forgotten_ = false;
  unsigned calls_ = 0;
  std::string message_;
  std::string data_;
  unsigned status_ = 403;
  unsigned retry_after_seconds_ = 0;
  std::optional<Received> replacement_;
  std::function<void()> when_ended_;
};

/// `Host::query(HandshakeRefusals::interface_name)` for plugins that are given `RecordedVerdict`s; every `FakeNode` has it.
class FakeRefusals final : public plugin_api::HandshakeRefusals {
 public:
  void refuse(plugin_api::Verdict& verdict, const plugin_api::HandshakeRefusal& refusal) override {
    static_cast<RecordedVerdict&>(verdict).refuse_handshake(refusal);
  }
};

}  // namespace signaling::testing
