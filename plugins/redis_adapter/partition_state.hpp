#pragma once
// Where this node stands with each partition.

#include <cstdint>
#include <string>
#include <vector>

#include "own_entries.hpp"

namespace signaling::redis_adapter {

struct PartitionState {
  enum class Phase : std::uint8_t {
    down,       ///< no connection
    restoring,  ///< connected: opened, own entries compared and restored
    settling,   ///< the other nodes are given time to do the same
    ready,      ///< presence is served
  };

  Phase phase = Phase::down;
  bool was_up = false;
  bool is_new_server = false;
  bool is_planned_move = false;
  bool may_change_epoch = true;  ///< not opened yet since the last on_up
  std::string run_id;
  std::string epoch;               ///< that it was last opened in: run id and time; another where data may have been lost
  std::string death;               ///< own entries have to be taken and added anew: time of this node's death; else empty
  std::int64_t settled_at_us = 0;  ///< while settling
  bool are_others_back = false;    ///< while settling: they were when it was last asked
  bool is_asking = false;          ///< whether they are
  std::int64_t retry_at_us = 0;    ///< while restoring or settling, after a step that failed
  std::uint64_t attempt = 0;       ///< answers of an earlier one are ignored
  std::int64_t offset_us = 0;      ///< of the server's clock to `Clock::steady_us`, at least
  bool has_offset = false;
  std::uint64_t log_position = 0;  ///< mark of the last log element read; 0: not opened yet
  std::int64_t not_ready_since_us = 0;
  std::int64_t catch_up_at_us = 0;  ///< the gap is looked into then, while the partition is ready; 0: nothing waits
  bool has_gap = false;             ///< something may have been missed
  std::uint64_t gap_since = 0;      ///< mark that everything up to was heard of
  OwnEntries own;

  bool is_open() const noexcept { return phase != Phase::down && log_position != 0; }
};

using PartitionStates = std::vector<PartitionState>;

}  // namespace signaling::redis_adapter
