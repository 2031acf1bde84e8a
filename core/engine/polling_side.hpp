#pragma once
// What a session needs only while it is on polling (or not open yet): the waiting poll, the queue, the upgrade under way.
// Allocated on demand, so that an idle WebSocket session stays small.

#include <memory>
#include <string>

#include <signaling/engine/http_exchange.hpp>

#include "send_queue.hpp"
#include "upgrade_probe.hpp"

namespace signaling::engine {

class PollingSide final : private ExchangeOwner {
 public:
  PollingSide(EngineSession& session, EngineObserver& observer) noexcept : queue(observer), session_(session) {}
  ~PollingSide();

  bool has_poll() const noexcept { return poll_ != nullptr; }
  /// Keeps a poll until there is something to answer.
  void hold(HttpExchange& exchange);
  /// Answers the waiting poll.
  void answer(HttpReply&& reply);

  SendQueue queue;
  std::unique_ptr<UpgradeProbe> probe;
  std::string bound_to;  ///< address whose requests alone are the client's; empty: any

 private:
  void on_exchange_lost() override;
  void on_answer_wanted() override;

  EngineSession& session_;
  HttpExchange* poll_ = nullptr;
};

}  // namespace signaling::engine
