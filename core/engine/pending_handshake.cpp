#include "pending_handshake.hpp"

#include <utility>

namespace signaling::engine {

/// Dropped without a word it refuses: a middleware that forgets to answer must not let anybody in, nor leave a client waiting.
class PendingHandshake::Verdict final : public HandshakeVerdict {
 public:
  explicit Verdict(std::weak_ptr<PendingHandshake> pending) : pending_(std::move(pending)) {}
  ~Verdict() override { refuse({}); }

  void allow() override {
    if (const auto pending = take()) pending->owner_.on_allowed(*pending);
  }
  void refuse(const HandshakeRefusal& refusal) override {
    if (const auto pending = take()) pending->owner_.on_refused(*pending, refusal);
  }

 private:
  std::shared_ptr<PendingHandshake> take() {
    auto pending = std::exchange(pending_, {}).lock();
    return pending && !pending->has_ended_ ? pending : nullptr;
  }

  std::weak_ptr<PendingHandshake> pending_;
};

PendingHandshake::Subject PendingHandshake::end() {
  has_ended_ = true;
  subject_.exchange.set_owner(nullptr);
  return subject_;
}

void PendingHandshake::on_exchange_lost() {
  has_ended_ = true;
  owner_.on_gone(*this);
}

void PendingHandshake::ask(SessionFactory& factory, base::EventLoop& loop, base::Duration timeout) {
  subject_.exchange.set_owner(this);
  loop.timers().arm(*this, loop.now() + timeout);
  factory.check_handshake(subject_.exchange.request(), std::make_unique<Verdict>(weak_from_this()));
}

}  // namespace signaling::engine
