#include "middleware_run.hpp"

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
  Verdict(LoopServer& loop, std::shared_ptr<MiddlewareRun> run, std::uint32_t round)
      : loop_(loop), run_(std::move(run)), round_(round) {}

  void pass() override { decide({Outcome::Kind::pass, {}, {}, true}); }
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
      deferred_ = new Verdict(loop_, run_, round_);
      deferred_->on_its_own_ = true;
      deferred_->replacement_ = std::move(replacement_);
    }
    return *deferred_;
  }

  // The run's part, after the hook has returned.
  bool is_deferred() const noexcept { return deferred_ != nullptr; }
  Outcome take_outcome() { return std::move(outcome_); }
  std::unique_ptr<Replacement> take_replacement() { return std::move(replacement_); }

 private:
  void decide(Outcome&& outcome) {
    if (decided_) return;
    decided_ = true;
    if (!on_its_own_) {
      outcome_ = std::move(outcome);
      return;
    }
    // Always by a post, also from the loop itself: the plugin may be in the middle of its own work. The run is destroyed on
    // its loop in any case.
    loop_.event_loop().post(
        [run = std::move(run_), round = round_, result = std::make_unique<Outcome>(std::move(outcome)),
         replacement = std::move(replacement_)]() mutable { run->resume(round, std::move(*result), std::move(replacement)); });
    delete this;
  }

  LoopServer& loop_;
  std::shared_ptr<MiddlewareRun> run_;
  std::uint32_t round_;
  bool on_its_own_ = false;
  bool decided_ = false;
  Verdict* deferred_ = nullptr;  // owned by the plugin's promise to decide
  Outcome outcome_;
  std::unique_ptr<Replacement> replacement_;
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

MiddlewareRun::MiddlewareRun(LoopServer& loop, HookKind kind, Call call, Done done, Replaced replaced)
    : loop_(loop), kind_(kind), call_(std::move(call)), done_(std::move(done)), replaced_(std::move(replaced)) {}

MiddlewareRun::~MiddlewareRun() = default;

void MiddlewareRun::start() { step(); }

void MiddlewareRun::cancel() {
  waiting_ = false;
  ++round_;
  done_ = {};
  call_ = {};
  replaced_ = {};
  loop_.event_loop().timers().disarm(*this);
}

void MiddlewareRun::step() {
  const std::shared_ptr<MiddlewareRun> self = shared_from_this();
  const std::vector<MiddlewareBinding>& chain = loop_.middleware();
  while (call_ && next_ < chain.size()) {
    const MiddlewareBinding& binding = chain[next_++];
    if ((binding.hooks & hook_of(kind_)) == 0) continue;
    Verdict verdict(loop_, self, ++round_);
    const bool threw = !loop_.call_plugin(binding.plugin, kind_, [&] { call_(*binding.middleware, verdict); });
    if (!call_) return;  // cancelled by what the hook did
    if (verdict.is_deferred() && !threw) {
      waiting_ = true;
      loop_.event_loop().timers().arm(*this, loop_.event_loop().now() + loop_.options().middleware_timeout);
      return;
    }
    Outcome outcome = verdict.take_outcome();
    if (outcome.kind == Outcome::Kind::none || threw) outcome = {Outcome::Kind::refuse, "internal error", {}};
    if (outcome.kind != Outcome::Kind::pass) return finish(std::move(outcome));
    if (std::unique_ptr<Replacement> replacement = verdict.take_replacement(); replacement && replaced_) {
      replaced_(std::move(*replacement));
    }
  }
  finish({Outcome::Kind::pass, {}, {}});
}

void MiddlewareRun::resume(std::uint32_t round, Outcome&& outcome, std::unique_ptr<Replacement> replacement) {
  if (!waiting_ || round != round_) return;  // cancelled, or the time was up
  waiting_ = false;
  loop_.event_loop().timers().disarm(*this);
  if (outcome.kind != Outcome::Kind::pass) return finish(std::move(outcome));
  if (replacement && replaced_) replaced_(std::move(*replacement));
  step();
}

void MiddlewareRun::on_timer(base::TimePoint) {
  waiting_ = false;
  loop_.counters().drop(Drop::middleware_timeout);
  finish({Outcome::Kind::refuse, "timeout", {}});
}

void MiddlewareRun::finish(Outcome&& outcome) {
  if (!done_) return;
  if (outcome.kind != Outcome::Kind::pass) loop_.counters().drop(Drop::middleware_refused);
  const std::shared_ptr<MiddlewareRun> self = shared_from_this();
  const Done done = std::move(done_);
  cancel();
  done(std::move(outcome));
}

}  // namespace signaling::socketio
