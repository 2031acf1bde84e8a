#pragma once
// A handshake that waits for the verdict of the layer above.

#include <memory>
#include <string_view>

#include <signaling/base/event_loop.hpp>
#include <signaling/engine/http_exchange.hpp>
#include <signaling/engine/session.hpp>
#include <signaling/engine/session_handler.hpp>

namespace signaling::engine {

class PendingHandshake;

/// Ends a pending handshake, by one of these, once. May destroy it.
class HandshakeOwner {
 public:
  virtual void on_allowed(PendingHandshake& pending) = 0;
  virtual void on_refused(PendingHandshake& pending, const HandshakeRefusal& refusal) = 0;
  virtual void on_no_verdict(PendingHandshake& pending) = 0;
  /// The client went away: there is nothing to answer.
  virtual void on_gone(PendingHandshake& pending) = 0;

 protected:
  ~HandshakeOwner() = default;
};

class PendingHandshake final : public std::enable_shared_from_this<PendingHandshake>,
                               private ExchangeOwner,
                               private base::Timer {
 public:
  struct Subject {
    HttpExchange& exchange;
    TransportName transport;
    bool is_version_4;
  };

  PendingHandshake(const Subject& subject, HandshakeOwner& owner) : subject_(subject), owner_(owner) {}

  /// Asks; `on_…` of the owner may have been called, and this destroyed, when it returns. Hold a shared_ptr across the call.
  void ask(SessionFactory& factory, base::EventLoop& loop, base::Duration timeout);
  /// Gives the exchange back; a verdict that still comes is ignored.
  Subject end();

 private:
  class Verdict;
  void on_exchange_lost() override;
  void on_timer(base::TimePoint) override { owner_.on_no_verdict(*this); }

  Subject subject_;
  HandshakeOwner& owner_;
  bool has_ended_ = false;
};

}  // namespace signaling::engine
