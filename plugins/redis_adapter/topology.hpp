#pragma once
// Which masters there are, and which partitions each serves: one way to know for each kind of deployment.

#include <memory>
#include <string_view>
#include <vector>

#include "server_link.hpp"

namespace signaling::redis_adapter {

/// What a topology does with its knowledge.
class TopologyHost {
 public:
  /// A link that is not open yet; kept by the host until `drop_link`.
  virtual ServerLink& make_link() = 0;
  /// Closed and forgotten, after its partitions were given to others.
  virtual void drop_link(ServerLink& link) = 0;
  /// The partitions are served by that link from now on.
  /// @param is_planned_move the master before lives, and has handed over the data.
  virtual void assign(const std::vector<Partition>& partitions, ServerLink& link, bool is_planned_move) = 0;
  virtual ServerLink* owner(Partition partition) noexcept = 0;
  virtual std::uint32_t partition_count() const noexcept = 0;

 protected:
  ~TopologyHost() = default;
};

class Topology {
 public:
  virtual ~Topology() = default;
  virtual void start() = 0;
  virtual void stop() = 0;
  /// See LinkOwner.
  virtual void locate(ServerLink& link) = 0;
  virtual void on_link_trouble(ServerLink& link) = 0;
  /// A master has answered that another one serves the partition; an empty host: which one, it did not say.
  virtual void on_moved(ServerLink& link, Partition partition, const ServerAddress& target) = 0;
  virtual ServerLink* link_at(const ServerAddress& address) noexcept = 0;
};

std::unique_ptr<Topology> make_single_topology(Environment& environment, TopologyHost& host);
std::unique_ptr<Topology> make_sentinel_topology(Environment& environment, TopologyHost& host);
std::unique_ptr<Topology> make_cluster_topology(Environment& environment, TopologyHost& host,
                                                const class Partitions& partitions);

}  // namespace signaling::redis_adapter
