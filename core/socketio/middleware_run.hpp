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
  /// When the last hook returned, where that was just now; the epoch otherwise.
  HookTime decided_at = {};
};

/// Runs the middlewares that declared a hook, one after another, until one refuses or all passed. Each may decide at once or
/// later, from any thread. Everything else on the loop.
///
/// Ownership: kept alive by itself while a verdict is awaited; `cancel` cuts it from its subject.
class MiddlewareRun final : public std::enable_shared_from_this<MiddlewareRun>, private base::Timer {
 public:
  struct Replacement {
    static Replacement of(const plugin_api::Payload& event);
    std::string text;
    std::vector<std::string> attachments;
  };
  /// What is on its way. May end the run, and itself, in each of these.
  class Subject {
   public:
    /// Calls the hook of one middleware with a verdict.
    virtual void call(plugin_api::Middleware& middleware, plugin_api::Verdict& verdict) = 0;
    /// Once for each start, unless cancelled first; possibly before `start` returns.
    virtual void done(Outcome&& outcome) = 0;
    /// An event was replaced; before the next middleware sees it.
    virtual void replaced(Replacement&& replacement) = 0;

   protected:
    ~Subject() = default;
  };
  using Call = std::function<void(plugin_api::Middleware&, plugin_api::Verdict&)>;
  using Done = std::function<void(Outcome&&)>;

  /// What plugins get under that name; no state of its own.
  static plugin_api::HandshakeRefusals& handshake_refusals() noexcept;

  /// For a subject that outlives its runs, or cancels: one after another, so that most of them cost no memory.
  MiddlewareRun(LoopServer& loop, HookKind kind);
  /// One run for a subject made of functions, which go when it is over.
  MiddlewareRun(LoopServer& loop, HookKind kind, Call call, Done done);
  ~MiddlewareRun() override;

  /// Not while another run of this object is under way.
  void start(Subject& subject);
  void start();
  /// The subject is gone: nothing is called any more.
  void cancel();
  /// A middleware keeps the verdict for later.
  bool is_waiting() const noexcept { return waiting_; }
  /// The one that was asked last.
  std::uint32_t asked_plugin() const noexcept;

 private:
  class Verdict;
  class Functions;

  void on_timer(base::TimePoint now) override;
  void step();
  void resume(std::uint32_t step, Outcome&& outcome, std::unique_ptr<Replacement> replacement);
  void finish(Outcome&& outcome);

  LoopServer& loop_;
  const HookKind kind_;
  Subject* subject_ = nullptr;  // nullptr: no run, or cancelled
  std::unique_ptr<Functions> functions_;
  std::uint32_t next_ = 0;   // middleware to call
  std::uint32_t round_ = 0;  // hooks called so far, in all runs: a verdict of an earlier one is late
  bool waiting_ = false;
};

}  // namespace signaling::socketio
