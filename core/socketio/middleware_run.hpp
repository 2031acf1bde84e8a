#pragma once
// One thing on its way through the middleware: a handshake, a CONNECT or an event.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/base/timer_queue.hpp>
#include <signaling/plugin_api/handshake_refusals.hpp>
#include <signaling/plugin_api/middleware.hpp>
#include <signaling/socketio/hooks.hpp>

namespace signaling::socketio {

class LoopServer;

/// A middleware as the server keeps it.
struct MiddlewareBinding {
  plugin_api::Middleware* middleware;
  std::uint32_t plugin;
  std::uint32_t hooks;
};

/// What became of it.
struct Outcome {
  enum class Kind : std::uint8_t { none, pass, refuse, disconnect } kind = Kind::none;
  std::string message;      ///< of a refusal
  std::string data_json;    ///< of a refusal; may be empty
  bool is_verdict = false;  ///< a middleware has said so, and not the server for it
  // Of a handshake's refusal:
  std::uint32_t status = 403;
  std::uint32_t retry_after_seconds = 0;
};

/// Runs the middlewares that declared a hook, one after another, until one refuses or all passed. Each may decide at once or
/// later, from any thread. Everything else on the loop.
///
/// Ownership: kept alive by itself while a verdict is awaited; `cancel` cuts it from its subject.
class MiddlewareRun final : public std::enable_shared_from_this<MiddlewareRun>, private base::Timer {
 public:
  struct Replacement {
    std::string text;
    std::vector<std::string> attachments;
  };
  /// Calls the hook of one middleware with a verdict.
  using Call = std::function<void(plugin_api::Middleware&, plugin_api::Verdict&)>;
  /// Once, unless cancelled first; possibly before `start` returns.
  using Done = std::function<void(Outcome&&)>;
  /// An event was replaced; before the next middleware sees it.
  using Replaced = std::function<void(Replacement&&)>;

  /// What plugins get under that name; no state of its own.
  static plugin_api::HandshakeRefusals& handshake_refusals() noexcept;

  MiddlewareRun(LoopServer& loop, HookKind kind, Call call, Done done, Replaced replaced = {});
  ~MiddlewareRun() override;

  void start();
  /// The subject is gone: nothing is called any more.
  void cancel();
  /// A middleware keeps the verdict for later.
  bool is_waiting() const noexcept { return waiting_; }

 private:
  class Verdict;

  void on_timer(base::TimePoint now) override;
  void step();
  void resume(std::uint32_t step, Outcome&& outcome, std::unique_ptr<Replacement> replacement);
  void finish(Outcome&& outcome);

  LoopServer& loop_;
  HookKind kind_;
  Call call_;
  Done done_;
  Replaced replaced_;
  std::uint32_t next_ = 0;   // middleware to call
  std::uint32_t round_ = 0;  // hooks called so far: a verdict of an earlier one is late
  bool waiting_ = false;
};

}  // namespace signaling::socketio
