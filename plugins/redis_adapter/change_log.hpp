#pragma once
// Reads the logs of changes that no message tells of, and tells them to the core, each once.

#include <cstdint>
#include <string_view>
#include <vector>

#include "context.hpp"
#include "partition_state.hpp"

namespace signaling::redis_adapter {

class ChangeLog {
 public:
  class Owner {
   public:
    /// The core still takes that node for alive.
    virtual bool is_known_alive(std::string_view tag) const = 0;
    /// Its loss stands in the log: `on_nodes` should come soon.
    virtual void on_loss_read() = 0;

   protected:
    ~Owner() = default;
  };

  ChangeLog(Context& context, PartitionStates& partitions, Owner& owner)
      : context_(context), partitions_(partitions), owner_(owner), readings_(partitions.size()) {}

  /// Everything behind the place reached; nothing while the partition is not open.
  void read(Partition partition);
  void read_all();
  /// The core has been told what there is to tell of the nodes themselves: what waited for that goes on.
  void on_nodes();

 private:
  struct Reading {
    bool is_under_way = false;
    bool again = false;
    std::uint64_t held_at = 0;   ///< mark of a loss whose node the core does not know to be lost; 0: none
    std::uint64_t released = 0;  ///< is not held up again: the node may be back already
  };
  void on_read(Partition partition, const Reply& reply);

  Context& context_;
  PartitionStates& partitions_;
  Owner& owner_;
  std::vector<Reading> readings_;
};

}  // namespace signaling::redis_adapter
