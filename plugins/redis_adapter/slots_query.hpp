#pragma once
// Asks nodes of a cluster for its slots, one after the other until one of them answers.

#include <memory>
#include <string>
#include <vector>

#include "callback.hpp"
#include "server_link.hpp"
#include "slot_map.hpp"

namespace signaling::redis_adapter {

struct SlotsAnswer {
  std::optional<SlotMap> map;  ///< nullopt: nobody answered
  bool is_state_ok = false;    ///< the node takes part in a working cluster; otherwise its view may be an old one
  std::string problem;
  bool is_refusal = false;  ///< everybody who was reached refused
};

/// One question at a time. `cancel` before it is destroyed while one is under way.
class SlotsQuery final : private ConnectionHandler {
 public:
  using Handler = Callback<void(SlotsAnswer&&)>;

  explicit SlotsQuery(Environment& environment) : environment_(environment) {}
  ~SlotsQuery() { cancel(); }

  bool is_busy() const noexcept { return static_cast<bool>(handler_); }
  /// Over a connection that stands.
  void ask(ServerLink& link, Handler handler);
  /// Over connections made for it, in this order.
  void ask(std::vector<ServerAddress> candidates, Handler handler);
  void cancel();

 private:
  void ask_next();
  void on_open(const ServerInfo& info) override;
  void on_reply(redisReply& reply) override;
  void on_closed(const CloseReason& reason) override;
  void read(const redisReply& reply, const ServerAddress& asked);
  void finish();

  Environment& environment_;
  Handler handler_;
  SlotsAnswer answer_;
  std::vector<ServerAddress> candidates_;
  std::size_t next_ = 0;
  std::shared_ptr<Connection> connection_;
  std::shared_ptr<asio::steady_timer> limit_;
  std::shared_ptr<bool> question_;  ///< of a link, whose answers may come after `cancel`
};

}  // namespace signaling::redis_adapter
