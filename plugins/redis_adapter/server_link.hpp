#pragma once
// The two connections to one master, and how they come back.

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backoff.hpp"
#include "command_connection.hpp"
#include "subscriber_connection.hpp"

namespace signaling::redis_adapter {

class ServerLink;

class LinkOwner {
 public:
  /// The link wants to connect: answered, now or later, by `connect_to` or `not_located`.
  virtual void locate(ServerLink& link) = 0;
  /// `are_commands_ready` or `is_restored` may answer differently now.
  virtual void on_link_changed(ServerLink& link, std::string_view reason) = 0;
  /// An attempt has failed, or a connection ended: the topology may have changed.
  virtual void on_link_trouble(ServerLink& link) = 0;
  virtual void on_answer(ServerLink& link, Request&& request, redisReply& reply) = 0;
  virtual void on_unanswered(ServerLink& link, Request&& request, bool is_sent) = 0;
  virtual void on_late(Request& request) = 0;
  virtual void on_channel_message(std::string_view channel, std::string_view payload) = 0;
  virtual void on_channels_moved(ServerLink& link, Partition partition, const ServerAddress& target) = 0;

 protected:
  ~LinkOwner() = default;
};

/// Owned by the backend. `open`, then `close`; in between it connects again for ever, backed off.
class ServerLink final : private CommandConnectionOwner, private SubscriberConnectionOwner {
 public:
  ServerLink(Environment& environment, LinkOwner& owner, SubscriptionTable& table, bool is_sharded);

  void open();
  /// Requests under way come back through on_unanswered.
  void close();
  void connect_to(const ServerAddress& address);
  void not_located(std::string_view reason, bool is_refusal);

  /// The master that is spoken to, or was last.
  const ServerAddress& address() const noexcept { return address_; }
  const ServerInfo& info() const noexcept { return info_; }
  const std::set<Partition>& partitions() const noexcept { return partitions_; }
  /// Its channels are restored, as soon as there is a connection for them.
  void add_partitions(const std::vector<Partition>& partitions);
  void remove_partitions(const std::set<Partition>& partitions);
  /// The server says that it does not serve the partition: not restored until it is added anew, or its channels are taken
  /// again.
  void suspect(Partition partition) { restored_.erase(partition); }

  bool are_commands_ready() const noexcept { return commands_.is_open() && !is_leaving_; }
  bool is_restored(Partition partition) const noexcept { return restored_.contains(partition); }
  bool is_idle() const noexcept { return commands_.is_idle(); }
  bool has_room(std::size_t bytes) const noexcept { return commands_.has_room(bytes); }
  /// Only when `are_commands_ready`.
  void send(Request&& request) { commands_.send(std::move(request)); }
  /// The channel's wish has changed.
  void update(Channel& channel);

  /// Channels that the server has not heard of or not answered yet.
  std::size_t pending_subscriptions() const noexcept { return subscriber_.pending(); }
  void restart_subscriber(std::string_view reason) { subscriber_.fail(reason); }
  void restart(std::string_view reason);
  /// The server is no master any more: nothing new is sent, and the connections end once what is under way is answered.
  void leave(std::string_view reason);

 private:
  void on_commands_open(const ServerInfo& info) override;
  void on_answer(Request&& request, redisReply& reply) override;
  void on_unanswered(Request&& request, bool is_sent) override { owner_.on_unanswered(*this, std::move(request), is_sent); }
  void on_late(Request& request) override { owner_.on_late(request); }
  void on_commands_closed(const CloseReason& reason) override;
  void on_subscriber_open(const ServerInfo& info) override;
  void on_restored(const std::vector<Partition>& partitions) override;
  void on_channel_message(std::string_view channel, std::string_view payload) override {
    owner_.on_channel_message(channel, payload);
  }
  void on_channels_moved(Partition partition, const ServerAddress& target) override {
    owner_.on_channels_moved(*this, partition, target);
  }
  void on_subscriber_closed(const CloseReason& reason) override;

  void on_leg_open(const ServerInfo& info);
  void on_leg_closed(std::string_view leg, const CloseReason& reason);
  void attempt_later();
  void attempt();
  void report_failure(std::string_view what, std::string_view reason, bool is_refusal);

  Environment& environment_;
  LinkOwner& owner_;
  CommandConnection commands_;
  SubscriberConnection subscriber_;
  ServerAddress address_;
  ServerInfo info_;
  std::set<Partition> partitions_;
  std::set<Partition> restored_;
  Backoff backoff_;
  bool is_open_ = false;
  bool is_leaving_ = false;
  bool is_commands_opening_ = false;
  bool is_subscriber_opening_ = false;
  std::string leave_reason_;
  TimePoint complete_since_{};  ///< both connections were open from then on
  std::uint64_t failures_ = 0;  ///< in a row
  std::shared_ptr<asio::steady_timer> retry_;
};

}  // namespace signaling::redis_adapter
