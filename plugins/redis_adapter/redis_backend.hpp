#pragma once
// The backend: what the parts below it come to, per partition.

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "backend.hpp"
#include "command_router.hpp"
#include "deferred.hpp"
#include "partitions.hpp"
#include "subscription_table.hpp"
#include "topology.hpp"

namespace signaling::redis_adapter {

class RedisBackend final : public Backend, private LinkOwner, private RouterHost, private TopologyHost {
 public:
  RedisBackend(asio::io_context& io, const BackendOptions& options, BackendObserver& observer);
  ~RedisBackend() override;

  void start() override;
  void stop() override;
  std::uint32_t partition_count() const noexcept override { return partitions_.count(); }
  Partition partition_of(std::string_view name) const noexcept override { return partitions_.of(name); }
  std::string_view tag(Partition partition) const noexcept override { return partitions_.tag(partition); }
  bool is_up(Partition partition) const noexcept override { return states_[partition].is_up; }
  bool are_all_up() const noexcept override { return up_count_ == states_.size(); }
  void command(Partition partition, std::span<const std::string_view> args, Timeout timeout, ReplyHandler handler) override;
  void eval(Partition partition, const Script& script, std::span<const std::string_view> keys,
            std::span<const std::string_view> args, Timeout timeout, ReplyHandler handler) override;
  void publish(Partition partition, std::string_view channel, std::string_view payload, Timeout timeout,
               ReplyHandler handler) override;
  void subscribe(Partition partition, std::string_view channel, ReplyHandler handler) override;
  void unsubscribe(Partition partition, std::string_view channel) override;
  void restart_subscriber(Partition partition, std::string_view reason) override;
  void reconnect(Partition partition, std::string_view reason) override;
  BackendStats stats() const override;
  void use_login_and_limits(const BackendOptions& fresh) override;

 private:
  struct PartitionState {
    ServerLink* link = nullptr;
    bool is_up = false;
    bool was_up = false;           ///< ever
    bool is_planned_move = false;  ///< until the next on_up
    std::string run_id;            ///< of the last on_up
    std::string replication_id;    ///< of the last on_up
  };

  // LinkOwner
  void locate(ServerLink& link) override { topology_->locate(link); }
  void on_link_changed(ServerLink& link, std::string_view reason) override;
  void on_link_trouble(ServerLink& link) override { topology_->on_link_trouble(link); }
  void on_answer(ServerLink& link, Request&& request, redisReply& reply) override {
    router_.on_answer(link, std::move(request), reply);
  }
  void on_unanswered(ServerLink&, Request&& request, bool is_sent) override {
    router_.on_unanswered(std::move(request), is_sent);
  }
  void on_late(Request& request) override { router_.on_late(request); }
  void on_channel_message(std::string_view channel, std::string_view payload) override;
  void on_channels_moved(ServerLink& link, Partition partition, const ServerAddress& target) override {
    on_moved(link, partition, target);
  }
  // RouterHost and TopologyHost
  ServerLink* owner(Partition partition) noexcept override { return states_[partition].link; }
  ServerLink* link_at(const ServerAddress& address) noexcept override { return topology_->link_at(address); }
  void on_moved(ServerLink& link, Partition partition, const ServerAddress& target) override;
  void on_cluster_down(ServerLink& link) override { topology_->on_link_trouble(link); }
  ServerLink& make_link() override;
  void drop_link(ServerLink& link) override;
  void assign(const std::vector<Partition>& partitions, ServerLink& link, bool is_planned_move) override;

  bool is_cluster() const noexcept { return environment_.options.topology == TopologyKind::cluster; }
  void submit(Partition partition, std::string text, const Script* script, Timeout timeout, ReplyHandler handler);
  void tell_up(ServerLink& link, const std::vector<Partition>& partitions);
  void tell_down(const std::vector<Partition>& partitions, std::string_view reason);

  Environment environment_;
  Partitions partitions_;
  Deferred deferred_;
  SubscriptionTable table_;
  std::vector<PartitionState> states_;
  std::size_t up_count_ = 0;
  std::list<ServerLink> links_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  CommandRouter router_;
  std::unique_ptr<Topology> topology_;
};

}  // namespace signaling::redis_adapter
