#pragma once
// The connection to a master that carries its commands: pipelined, each reply handed to the request it belongs to.

#include <deque>
#include <memory>
#include <unordered_set>
#include <vector>

#include "connection.hpp"
#include "request.hpp"

namespace signaling::redis_adapter {

class CommandConnectionOwner {
 public:
  virtual void on_commands_open(const ServerInfo& info) = 0;
  /// `reply` may be an error.
  virtual void on_answer(Request&& request, redisReply& reply) = 0;
  /// A request that no answer will come to: `is_sent` false where the server has surely not seen it. Before on_commands_closed.
  virtual void on_unanswered(Request&& request, bool is_sent) = 0;
  /// A caller's time was over while the request was under way.
  virtual void on_late(Request& request) = 0;
  virtual void on_commands_closed(const CloseReason& reason) = 0;

 protected:
  ~CommandConnectionOwner() = default;
};

/// Owned by its link, which calls `open` again after each end.
class CommandConnection final : private ConnectionHandler {
 public:
  CommandConnection(Environment& environment, CommandConnectionOwner& owner);
  ~CommandConnection();

  void open(const ServerAddress& address);
  bool is_open() const noexcept { return connection_ != nullptr && connection_->is_open(); }
  bool is_idle() const noexcept { return pipeline_.empty(); }
  /// Room for that many bytes more of unanswered commands.
  bool has_room(std::size_t bytes) const noexcept;
  /// Only when open.
  void send(Request&& request);
  /// Ends the connection; the owner is told as if it had ended by itself.
  void fail(std::string_view reason);
  /// Ends it silently: requests under way come back through on_unanswered, on_commands_closed is not called.
  void close();

 private:
  void on_open(const ServerInfo& info) override;
  void on_reply(redisReply& reply) override;
  void on_closed(const CloseReason& reason) override;

  void give_back(std::uint64_t handed_over);
  void start_watch();
  void watch(TimePoint due);
  void look_after(TimePoint now);
  void ping(TimePoint now);
  void tell_late_ones(TimePoint now);

  Environment& environment_;
  CommandConnectionOwner& owner_;
  std::shared_ptr<Connection> connection_;
  std::deque<Request> pipeline_;  ///< written or waiting to be, not answered
  std::size_t queued_bytes_ = 0;
  std::unordered_set<const Script*> known_scripts_;  ///< by the server, as far as this connection has told it
  TimePoint next_deadline_ = TimePoint::max();       ///< not later than the first of the pipeline
  std::shared_ptr<asio::steady_timer> watch_;        ///< nullptr between connections
  TimePoint watch_due_{};
};

}  // namespace signaling::redis_adapter
