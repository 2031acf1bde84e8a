#pragma once
// One session: its life from opening to closed, over whichever transport it is on.

#include <memory>
#include <optional>
#include <span>

#include <signaling/base/timer_queue.hpp>
#include <signaling/engine/http_exchange.hpp>
#include <signaling/engine/session.hpp>
#include <signaling/protocol/engine_payload.hpp>

#include "heartbeat.hpp"
#include "polling_side.hpp"
#include "websocket_transport.hpp"

namespace signaling::engine {

class EngineContext;

/// opening -> open -> [closing ->] closed. `closing`: the handler was told, and the rest of the queue waits for the client's
/// next poll to be delivered with a `1`. Owned by the context's table, destroyed at the end of the turn in which it closed.
class EngineSession final : public Session, private base::Timer {
 public:
  EngineSession(EngineContext& context, const base::Sid& sid, TransportName transport);
  ~EngineSession() override;

  const base::Sid& sid() const override { return sid_; }
  TransportName transport() const override { return transport_; }
  bool is_open() const override;
  SendResult send(std::span<const protocol::MessagePtr> messages, bool is_volatile) override;
  void close(CloseReason reason) override;
  std::size_t queued_bytes() const override;

  // Requests, checked already. Each ends the exchange or keeps it.

  void open(HttpExchange& exchange, SessionFactory& factory);
  /// With `Options::bind_address`: whether a request from there may be this session's client's. WebSocket is bound to a
  /// connection by itself.
  bool may_come_from(std::string_view address) const noexcept;
  void on_poll(HttpExchange& exchange);
  void on_post(HttpExchange& exchange);
  void on_probe(HttpExchange& exchange, bool base64);

  // From the transports.

  void on_packet(const protocol::EnginePacketView& packet);
  void on_partial_message(std::string_view text);
  /// Closes at once, for a cause on the client's side or the network's.
  void fail(CloseReason reason) { finish(reason, Ending::at_once); }
  void end_poll();
  void complete_upgrade(WebSocketChannel& channel, bool base64);
  void drop_probe();

  // From the context and the engine.

  void flush();
  void on_overflow() { finish(CloseReason::transport_error, Ending::abandoned); }
  void shut_down();
  /// @return false where it was closing already.
  bool move_away();

 private:
  enum class State : std::uint8_t { opening, open, closing, closed };
  enum class Ending : std::uint8_t {
    orderly,           ///< by our side; polling waits for a poll to say so
    at_once,           ///< a waiting poll is told, the next one finds no session
    closed_by_client,  ///< as `at_once`, but the client need not be told
    abandoned,         ///< a WebSocket that does not take what it is sent is not asked to take more
  };

  void on_timer(base::TimePoint now) override;
  void open_polling(HttpExchange& exchange);
  void open_websocket(HttpExchange& exchange);
  PollingSide& polling();
  bool is_writable() const;
  void queue(const protocol::MessagePtr& message);
  void finish(CloseReason reason, Ending ending);
  bool end_transport(CloseReason reason, Ending ending);
  void answer_last_poll(Ending ending);
  void release();

  base::Sid sid_;
  State state_ = State::opening;
  TransportName transport_;
  bool is_overflowed_ = false;
  bool is_moving_away_ = false;
  bool is_flush_scheduled_ = false;
  std::optional<CloseReason> close_after_opening_;
  Heartbeat heartbeat_;
  EngineContext& context_;
  std::unique_ptr<SessionHandler> handler_;
  std::unique_ptr<PollingSide> polling_;
  WebSocketTransport websocket_;
};

}  // namespace signaling::engine
