#pragma once
// A request for a session of this loop that came to another node.

#include <memory>
#include <optional>
#include <string>

#include <signaling/engine/http_exchange.hpp>

#include "conversation_end.hpp"
#include "tunnel_channel.hpp"

namespace signaling::forwarding {

/// An exchange like that of a connection: the engine serves it alike.
class ServedRequest final : public ConversationEnd, private engine::HttpExchange {
 public:
  /// @return nullptr where it is refused.
  static std::unique_ptr<socketio::ConversationHandler> accept(Context& context,
                                                               std::unique_ptr<socketio::Conversation> conversation,
                                                               plugin_api::Bytes first);

  ServedRequest(Context& context, std::unique_ptr<socketio::Conversation> conversation, plugin_api::Bytes first);
  ~ServedRequest() override;

  /// Hands the request to the engine, unless the client is gone by now.
  void start();
  void lose() override { end_lost(); }

 private:
  class Ear;

  // engine::HttpExchange
  const engine::HttpRequest& request() const override { return request_; }
  void respond(engine::HttpReply&& reply) override;
  engine::WebSocketChannel& accept_websocket(engine::WebSocketHandler& handler, const Headers& headers) override;
  void set_owner(engine::ExchangeOwner* owner) override { owner_ = owner; }
  // From the conversation, and what the other node says.
  void on_closed();
  void on_malformed() override;
  void on_request(engine::HttpRequest&& request) override;
  void on_frame(const FrameItem& item) override;
  void on_written(std::uint64_t bytes) override;
  void on_close(std::uint16_t code, bool clean) override;
  void on_answer_now() override;

  void end_lost();
  void settle();

  const std::string first_;  ///< what the request's views point into
  engine::HttpRequest request_;
  engine::ExchangeOwner* owner_ = nullptr;
  Ear* ear_ = nullptr;
  bool has_request_ = false;
  bool has_started_ = false;
  bool is_pending_ = false;  ///< neither answered nor accepted
  bool must_hurry_ = false;
  std::optional<TunnelChannel> channel_;
};

}  // namespace signaling::forwarding
