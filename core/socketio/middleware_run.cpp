#include "middleware_run.hpp"

#include <atomic>
#include <utility>

#include <signaling/base/quarantine.hpp>

#include "attachments.hpp"
#include "loop_server.hpp"

namespace signaling::socketio {
namespace {

constexpr std::uint32_t hook_of(HookKind kind) noexcept {
  switch (kind) {
    case HookKind::handshake: return plugin_api::hook_handshake;
    case HookKind::connect: return plugin_api::hook_connect;
    case HookKind::event: return plugin_api::hook_event;
    case HookKind::disconnect: return plugin_api::hook_disconnect;
    case HookKind::members_changed:
    case HookKind::server_event:
    case HookKind::callback:
    case HookKind::http_request:
    case HookKind::http_route:
    case HookKind::event_out: break;
  }
  return 0;
}

constexpr std::string_view no_verdict_text(HookKind kind) noexcept {
  switch (kind) {
    case HookKind::handshake: return "a handshake got no verdict";
    case HookKind::connect: return "a CONNECT got no verdict";
    default: return "an event got no verdict";
  }
}

constexpr std::string_view late_text(HookKind kind) noexcept {
  switch (kind) {
    case HookKind::handshake: return "no verdict on a handshake in time";
    case HookKind::connect: return "no verdict on a CONNECT in time";
    default: return "no verdict on an event in time";
  }
}

}  // namespace

/// The object that a middleware sees. On the stack of the call until it is deferred; then on its own, and ended by the plugin's
/// verdict, however late; and kept for a while then, so that a second verdict is noticed.
class MiddlewareRun::Verdict final : public plugin_api::Verdict {
 public:
  explicit Verdict(MiddlewareRun& run) : run_(run), round_(run.round_) {}

  void pass() override {
    if (!is_first()) return;
    if (late_) return post(Outcome{Outcome::Kind::pass, {}, {}, true});
    has_passed_ = true;
  }
  void refuse(std::string_view message, std::string_view data_json) override {
    decide({Outcome::Kind::refuse, std::string(message), std::string(data_json), true});
  }
  void refuse_handshake(const plugin_api::HandshakeRefusal& refusal) {
    const bool is_error = refusal.status >= 400 && refusal.status <= 599;
    decide({Outcome::Kind::refuse,
            std::string(refusal.message),
            {},
            true,
            is_error ? refusal.status : 403,
            refusal.retry_after_seconds});
  }
  void disconnect() override { decide({Outcome::Kind::disconnect, {}, {}, true}); }
  void replace(const plugin_api::Payload& event) override {
    if (!decided_.load(std::memory_order_relaxed)) replacement_ = std::make_unique<Replacement>(Replacement::of(event));
  }
  plugin_api::Verdict& defer() override {
    if (deferred_ == nullptr) {
      deferred_ = new Verdict(run_);
      deferred_->round_ = round_;
      deferred_->late_ = std::make_unique<Late>(run_);
      deferred_->replacement_ = std::move(replacement_);
    }
    return *deferred_;
  }

  // The run's part, after the hook has returned.
  bool is_deferred() const noexcept { return deferred_ != nullptr; }
  bool has_passed() const noexcept { return has_passed_; }
  /// Of one that has not passed.
  Outcome take_outcome() { return outcome_ ? std::move(*outcome_) : Outcome{}; }
  std::unique_ptr<Replacement> take_replacement() { return std::move(replacement_); }

 private:
  /// What a deferred one has instead of the run, which may be gone by the second verdict, and the server by the first.
  struct Late {
    explicit Late(MiddlewareRun& of)
        : run(of.shared_from_this()), loop(of.loop_.event_loop()), hooks(of.loop_.hooks()), plugin(of.asked_plugin()) {}
    std::shared_ptr<MiddlewareRun> run;
    base::EventLoop& loop;
    HookObserver& hooks;
    std::uint32_t plugin;
  };
  using Finished = base::Quarantine<Verdict, 1024>;
  static Finished& finished() {
    static Finished verdicts;
    return verdicts;
  }

  bool is_first() {
    // During its hook it is nobody else's.
    if (!late_ && !decided_.load(std::memory_order_relaxed)) {
      decided_.store(true, std::memory_order_relaxed);
      return true;
    }
    if (late_ && !decided_.exchange(true)) return true;
    HookObserver& hooks = late_ ? late_->hooks : run_.loop_.hooks();
    hooks.on_fault(late_ ? late_->plugin : run_.asked_plugin(), Fault::completed_twice, "a second verdict on the same thing");
    return false;
  }
  void decide(Outcome&& outcome) {
    if (!is_first()) return;
    if (late_) return post(std::move(outcome));
    outcome_ = std::make_unique<Outcome>(std::move(outcome));
  }
  /// Always, also from the loop itself: the plugin may be in the middle of its own work. The run is destroyed on its loop in
  /// any case.
  void post(Outcome&& outcome) {
    late_->loop.post(
        [run = std::move(late_->run), round = round_, result = std::make_unique<Outcome>(std::move(outcome)),
         replacement = std::move(replacement_)]() mutable { run->resume(round, std::move(*result), std::move(replacement)); });
    finished().add(std::unique_ptr<Verdict>(this));
  }

  MiddlewareRun& run_;
  std::uint32_t round_;
  std::atomic<bool> decided_{false};
  bool has_passed_ = false;
  Verdict* deferred_ = nullptr;  // owned by the plugin's promise to decide
  std::unique_ptr<Late> late_;
  std::unique_ptr<Outcome> outcome_;
  std::unique_ptr<Replacement> replacement_;
};

class MiddlewareRun::Functions final : public Subject {
 public:
  Functions(Call call, Done done) : call_(std::move(call)), done_(std::move(done)) {}
  void call(plugin_api::Middleware& middleware, plugin_api::Verdict& verdict) override { call_(middleware, verdict); }
  void done(Outcome&& outcome) override { done_(std::move(outcome)); }
  void replaced(Replacement&&) override {}

 private:
  Call call_;
  Done done_;
};

plugin_api::HandshakeRefusals& MiddlewareRun::handshake_refusals() noexcept {
  // Every verdict that plugins see is made above.
  class Refusals final : public plugin_api::HandshakeRefusals {
   public:
    void refuse(plugin_api::Verdict& verdict, const plugin_api::HandshakeRefusal& refusal) override {
      static_cast<MiddlewareRun::Verdict&>(verdict).refuse_handshake(refusal);
    }
  };
  static Refusals refusals;
  return refusals;
}

MiddlewareRun::MiddlewareRun(LoopServer& loop, HookKind kind) : loop_(loop), kind_(kind) {}

MiddlewareRun::MiddlewareRun(LoopServer& loop, HookKind kind, Call call, Done done)
    : loop_(loop), kind_(kind), functions_(std::make_unique<Functions>(std::move(call), std::move(done))) {}

MiddlewareRun::~MiddlewareRun() = default;

MiddlewareRun::Replacement MiddlewareRun::Replacement::of(const plugin_api::Payload& event) {
  Replacement replacement;
  for (const std::string_view piece : event.text) replacement.text += piece;
  replacement.attachments = own_attachments(event.attachments);
  return replacement;
}

std::uint32_t MiddlewareRun::asked_plugin() const noexcept {
  return next_ == 0 ? unknown_plugin : loop_.middleware()[next_ - 1].plugin;
}

void MiddlewareRun::start() { start(*functions_); }

void MiddlewareRun::start(Subject& subject) {
  const std::shared_ptr<MiddlewareRun> self = shared_from_this();
  subject_ = &subject;
  next_ = 0;
  step();
}

void MiddlewareRun::cancel() {
  subject_ = nullptr;
  functions_.reset();
  ++round_;
  if (std::exchange(waiting_, false)) loop_.event_loop().timers().disarm(*this);
}

/// Whoever calls it keeps this object.
void MiddlewareRun::step() {
  const std::vector<MiddlewareBinding>& chain = loop_.middleware();
  HookTime now{};
  while (subject_ != nullptr && next_ < chain.size()) {
    const MiddlewareBinding& binding = chain[next_++];
    if ((binding.hooks & hook_of(kind_)) == 0) continue;
    ++round_;
    Verdict verdict(*this);
    const bool threw = !loop_.call_plugin(
        binding.plugin, kind_, [&] { subject_->call(*binding.middleware, verdict); }, now);
    if (subject_ == nullptr) return;  // cancelled by what the hook did
    if (verdict.is_deferred() && !threw) {
      waiting_ = true;
      loop_.event_loop().timers().arm(*this, loop_.event_loop().now() + loop_.options().middleware_timeout);
      return;
    }
    if (!verdict.has_passed() || threw) {
      Outcome outcome = verdict.take_outcome();
      if (outcome.kind == Outcome::Kind::none && !threw) {
        loop_.hooks().on_fault(binding.plugin, Fault::no_verdict, no_verdict_text(kind_));
      }
      if (outcome.kind == Outcome::Kind::none || threw) outcome = {Outcome::Kind::refuse, "internal error", {}};
      return finish(std::move(outcome));
    }
    if (std::unique_ptr<Replacement> replacement = verdict.take_replacement()) subject_->replaced(std::move(*replacement));
  }
  Outcome passed{Outcome::Kind::pass, {}, {}};
  passed.decided_at = now;
  finish(std::move(passed));
}

void MiddlewareRun::resume(std::uint32_t round, Outcome&& outcome, std::unique_ptr<Replacement> replacement) {
  if (!waiting_ || round != round_) return;  // cancelled, or the time was up
  waiting_ = false;
  loop_.event_loop().timers().disarm(*this);
  if (outcome.kind != Outcome::Kind::pass) return finish(std::move(outcome));
  if (replacement) subject_->replaced(std::move(*replacement));
  step();
}

void MiddlewareRun::on_timer(base::TimePoint) {
  waiting_ = false;
  ++round_;
  loop_.counters().drop(Drop::middleware_timeout);
  loop_.hooks().on_fault(asked_plugin(), Fault::never_completed, late_text(kind_));
  const std::shared_ptr<MiddlewareRun> self = shared_from_this();
  finish({Outcome::Kind::refuse, "timeout", {}});
}

void MiddlewareRun::finish(Outcome&& outcome) {
  Subject* const subject = std::exchange(subject_, nullptr);
  if (subject == nullptr) return;
  if (outcome.kind != Outcome::Kind::pass) loop_.counters().drop(Drop::middleware_refused);
  const std::unique_ptr<Functions> functions = std::move(functions_);  // end with this run
  subject->done(std::move(outcome));                                   // may begin the next one
}

}  // namespace signaling::socketio
