#include "middleware_run.hpp"

#include <utility>

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
    case HookKind::callback: break;
  }
  return 0;
}

}  // namespace

/// The object that a middleware sees. On the stack of the call until it is deferred; then on its own, and ended by the plugin's
/// verdict, however late.
class MiddlewareRun::Verdict final : public plugin_api::Verdict {
 public:
  explicit Verdict(MiddlewareRun& run) : run_(run), round_(run.round_) {}

  void pass() override {
    if (decided_) return;
    if (on_its_own_) return post(Outcome{Outcome::Kind::pass, {}, {}, true});
    decided_ = true;
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
    if (decided_) return;
    replacement_ = std::make_unique<Replacement>();
    for (const std::string_view piece : event.text) replacement_->text += piece;
    replacement_->attachments = own_attachments(event.attachments);
  }
  plugin_api::Verdict& defer() override {
    if (deferred_ == nullptr) {
      deferred_ = new Verdict(run_);
      deferred_->round_ = round_;
      deferred_->on_its_own_ = run_.shared_from_this();
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
  void decide(Outcome&& outcome) {
    if (decided_) return;
    if (on_its_own_) return post(std::move(outcome));
    decided_ = true;
    outcome_ = std::make_unique<Outcome>(std::move(outcome));
  }
  /// Always, also from the loop itself: the plugin may be in the middle of its own work. The run is destroyed on its loop in
  /// any case.
  void post(Outcome&& outcome) {
    decided_ = true;
    base::EventLoop& loop = run_.loop_.event_loop();
    loop.post(
        [run = std::move(on_its_own_), round = round_, result = std::make_unique<Outcome>(std::move(outcome)),
         replacement = std::move(replacement_)]() mutable { run->resume(round, std::move(*result), std::move(replacement)); });
    delete this;
  }

  MiddlewareRun& run_;
  std::uint32_t round_;
  bool decided_ = false;
  bool has_passed_ = false;
  Verdict* deferred_ = nullptr;  // owned by the plugin's promise to decide
  std::shared_ptr<MiddlewareRun> on_its_own_;
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
