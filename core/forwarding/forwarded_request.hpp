#pragma once
// A request that came to this node for a session elsewhere, and the WebSocket that may become of it.

#include <optional>

#include <signaling/base/sid.hpp>
#include <signaling/engine/http_exchange.hpp>
#include <signaling/forwarding/counters.hpp>

#include "client_tunnel.hpp"
#include "conversation_end.hpp"

namespace signaling::forwarding {

/// waiting -> answered, or -> tunnel -> closed.
class ForwardedRequest final : public ConversationEnd, private socketio::ConversationHandler, private engine::ExchangeOwner {
 public:
  /// Carries the request to the node and loop that the id names, or answers it where that cannot be.
  static void begin(Context& context, engine::HttpExchange& exchange, const base::Sid& sid);

  ForwardedRequest(Context& context, engine::HttpExchange& exchange);
  ~ForwardedRequest() override;

  void drain() override;
  bool is_left_to_drain() const override { return !is_drained_ && !has_finished(); }
  void lose() override;

 private:
  // From the conversation.
  void on_message(plugin_api::Bytes body) override { hear(body); }
  void on_closed(plugin_api::Status status) override;
  void on_malformed() override;
  // What the owner says.
  void on_reply(const ReplyItem& item) override;
  void on_accept(const HeaderViews& headers) override;
  void on_frame(const FrameItem& item) override;
  void on_written(std::uint64_t bytes) override;
  void on_close(std::uint16_t code, bool clean) override;
  void on_abandon() override;
  // From the client's connection.
  void on_exchange_lost() override;

  plugin_api::Status converse(const base::Sid& sid);
  engine::HttpExchange* take_exchange(Outcome outcome);
  void end_with(Outcome outcome);

  engine::HttpExchange* exchange_;
  std::size_t body_bytes_;
  bool is_drained_ = false;
  std::optional<ClientTunnel> tunnel_;
};

}  // namespace signaling::forwarding
