#pragma once
// The WebSocket that probes for a session on polling: performs what `Upgrade` decides.

#include <signaling/base/timer_queue.hpp>
#include <signaling/engine/http_exchange.hpp>

#include "upgrade.hpp"

namespace signaling::engine {

class EngineContext;
class EngineSession;

/// Belongs to the session's polling side until the upgrade is complete or has failed. Destroying it closes the WebSocket.
class UpgradeProbe final : public WebSocketHandler, private base::Timer {
 public:
  /// Accepts the exchange's WebSocket.
  UpgradeProbe(EngineSession& session, EngineContext& context, HttpExchange& exchange, bool base64);
  ~UpgradeProbe() override { stop(); }

  /// The client ends its polling by now, to go on over this WebSocket.
  bool has_answered() const noexcept { return upgrade_.has_answered(); }
  /// Closes the WebSocket, unless it is gone or the session's by now.
  void stop();

 private:
  void on_websocket_message(bool is_binary, std::string_view data) override;
  void on_websocket_closed(std::uint16_t code, bool clean) override;
  void on_websocket_drained() override {}
  void on_timer(base::TimePoint now) override;
  void perform(Upgrade::Action action);

  EngineSession& session_;
  EngineContext& context_;
  Upgrade upgrade_;
  bool base64_;
  WebSocketChannel* channel_;
};

/// 101, then a close frame without status: how engine.io turns away a WebSocket whose request was well-formed.
void accept_and_close(HttpExchange& exchange);

}  // namespace signaling::engine
