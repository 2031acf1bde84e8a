#pragma once
// A middleware's verdict that is given later.
//
//     void on_connect(Socket& socket, Verdict& verdict) override {
//       ask_directory(socket.id(), [later = LaterVerdict(verdict)](bool is_known) mutable {
//         is_known ? later.pass() : later.refuse("unknown");
//       });
//     }

#include <atomic>
#include <string_view>

#include <signaling/plugin_api/handshake_refusals.hpp>
#include <signaling/plugin_api/middleware.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

/// Defers a verdict and owns it: ended by the first of its functions, by nobody twice, and refused where it is destroyed
/// without. Made in the hook [loop]; ended on [any thread], also by two at a time (the first counts). Moved by one at a time.
/// The server refuses by itself after `socketio.middleware_timeout`; what is said after that has no effect. What the plugin still
/// holds in `stop` is ended there: by the time of its destruction the sockets are gone, and so is what a verdict is about. (What
/// waits in posts and timers of the host has ended by then.)
class [[nodiscard]] LaterVerdict {
 public:
  /// What a client is told where nobody decided.
  static constexpr std::string_view undecided = "internal error";

  LaterVerdict() = default;
  explicit LaterVerdict(Verdict& verdict) : verdict_(&verdict.defer()) {}
  LaterVerdict(LaterVerdict&& other) noexcept : verdict_(other.take()) {}
  LaterVerdict& operator=(LaterVerdict&& other) noexcept {
    if (this != &other) {
      end();
      verdict_.store(other.take(), std::memory_order_release);
    }
    return *this;
  }
  ~LaterVerdict() { end(); }

  // Each is true where it has decided, false where it was decided before.
  bool pass() {
    return decide([](Verdict& verdict) { verdict.pass(); });
  }
  /// Event only: what goes on is this instead.
  bool pass_instead(const Payload& event) {
    return decide([&](Verdict& verdict) {
      verdict.replace(event);
      verdict.pass();
    });
  }
  bool refuse(std::string_view message, std::string_view data_json = {}) {
    return decide([&](Verdict& verdict) { verdict.refuse(message, data_json); });
  }
  /// Handshake: with a status of one's own where the server knows how (`HandshakeRefusals`, which may be nullptr).
  bool refuse_handshake(HandshakeRefusals* refusals, const HandshakeRefusal& refusal) {
    return decide(
        [&](Verdict& verdict) { refusals == nullptr ? verdict.refuse(refusal.message) : refusals->refuse(verdict, refusal); });
  }
  bool disconnect() {
    return decide([](Verdict& verdict) { verdict.disconnect(); });
  }

  bool is_decided() const noexcept { return verdict_.load(std::memory_order_acquire) == nullptr; }
  /// The verdict itself, to be ended by the caller from now on; nullptr where it was decided.
  Verdict* take() noexcept { return verdict_.exchange(nullptr, std::memory_order_acq_rel); }

 private:
  template <class Decide>
  bool decide(Decide decide) {
    Verdict* const verdict = take();
    if (verdict == nullptr) return false;
    decide(*verdict);
    return true;
  }
  void end() noexcept {
    if (Verdict* const verdict = take()) verdict->refuse(undecided);
  }

  std::atomic<Verdict*> verdict_{nullptr};
};

}  // namespace signaling::plugin_api
