#pragma once
// Changes of members that this node missed while it heard nothing: read from Redis for each room with members here.

#include <string>
#include <vector>

#include "context.hpp"
#include "partition_state.hpp"

namespace signaling::redis_adapter {

class Gap {
 public:
  Gap(Context& context, PartitionStates& partitions) : context_(context), partitions_(partitions), runs_(partitions.size()) {}

  /// From here on messages may be missed. `heard_us` (`Clock::steady_us`): everything published before was heard.
  void begin(Partition partition, std::int64_t heard_us);
  /// The partition is ready: tells what was missed, and ends the gap.
  void catch_up(Partition partition);

 private:
  struct Run;
  void step(std::shared_ptr<Run> run);
  void tell(const std::string& room, const Reply& reply);

  Context& context_;
  PartitionStates& partitions_;
  std::vector<std::uint64_t> runs_;
};

}  // namespace signaling::redis_adapter
