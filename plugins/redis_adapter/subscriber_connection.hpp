#pragma once
// The connection to a master that carries its subscriptions: asks for channels in batches, takes the messages.

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "connection.hpp"
#include "subscription_table.hpp"

namespace signaling::redis_adapter {

class SubscriberConnectionOwner {
 public:
  virtual void on_subscriber_open(const ServerInfo& info) = 0;
  /// Everything that was wanted of these partitions when `restore` was called is confirmed.
  virtual void on_restored(const std::vector<Partition>& partitions) = 0;
  virtual void on_channel_message(std::string_view channel, std::string_view payload) = 0;
  /// The server has said that the partition is not its own, by an error or by ending a subscription by itself.
  virtual void on_channels_moved(Partition partition, const ServerAddress& target) = 0;
  virtual void on_subscriber_closed(const CloseReason& reason) = 0;

 protected:
  ~SubscriberConnectionOwner() = default;
};

/// Owned by its link, which calls `open` again after each end.
class SubscriberConnection final : private ConnectionHandler {
 public:
  /// @param is_sharded SSUBSCRIBE, one partition in each command.
  SubscriberConnection(Environment& environment, SubscriberConnectionOwner& owner, SubscriptionTable& table, bool is_sharded);
  ~SubscriberConnection();

  void open(const ServerAddress& address);
  bool is_open() const noexcept { return connection_ != nullptr && connection_->is_open(); }
  /// The channel's wish has changed: it is brought to the server at the end of the turn. Only when open.
  void update(Channel& channel);
  /// Channels waiting to be sent or answered.
  std::size_t pending() const noexcept;
  /// Subscribes all that is wanted of these partitions; on_restored follows. Only when open.
  void restore(std::vector<Partition> partitions);
  /// The partitions are served by another master from here on. Nothing is sent: this server has dropped their channels itself.
  void release(const std::set<Partition>& partitions);
  /// Ends the connection; the owner is told as if it had ended by itself.
  void fail(std::string_view reason);
  /// Ends it silently.
  void close();

 private:
  /// What is to be sent: a channel, or the mark behind those of a `restore`.
  struct Work {
    Channel* channel = nullptr;
    std::vector<Partition> restored = {};
  };
  /// A command that is not answered in full.
  struct Sent {
    enum class Kind : std::uint8_t { subscribe, unsubscribe, ping } kind;
    std::vector<Channel*> channels = {};  ///< in the order of their answers; nullptr: released since
    std::size_t answered = 0;
    std::vector<Partition> restored = {};
    TimePoint sent_at{};
  };

  void on_open(const ServerInfo& info) override;
  void on_reply(redisReply& reply) override;
  void on_closed(const CloseReason& reason) override;

  void schedule();
  void send_work();
  void send_batch();
  void send_ping(std::vector<Partition> restored);
  /// A message: the three strings of the push.
  void on_push(redisReply& reply);
  void on_confirmed(bool is_subscribed, std::string_view name);
  void on_error(std::string_view text);
  void on_pong();
  void settle(Channel& channel);
  void retry_later(Partition partition);
  void forget_all();
  template <class Predicate>
  void forget(Predicate is_meant);
  void watch();

  Environment& environment_;
  SubscriberConnectionOwner& owner_;
  SubscriptionTable& table_;
  const bool is_sharded_;
  std::shared_ptr<Connection> connection_;
  std::deque<Work> work_;
  std::deque<Sent> sent_;
  bool is_scheduled_ = false;
  std::shared_ptr<asio::steady_timer> watch_;  ///< nullptr between connections
  std::set<Partition> restoring_;              ///< from `restore` to on_restored
  std::set<Partition> touched_;                ///< a channel was wanted after the mark of the restoring was sent, or before
  std::set<Partition> troubled_;               ///< their restoring met an error, and is tried again
  std::shared_ptr<asio::steady_timer> retry_;  ///< nullptr: nothing waits
};

}  // namespace signaling::redis_adapter
