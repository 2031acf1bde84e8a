#pragma once
// Who serves which slot, as a cluster node tells it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <hiredis/hiredis.h>

#include "options.hpp"
#include "partitions.hpp"

namespace signaling::redis_adapter {

struct SlotMap {
  struct Master {
    ServerAddress address;
    std::string id;
    std::vector<std::string> replica_ids;
  };
  static constexpr std::uint16_t nobody = 0xFFFF;

  std::vector<Master> masters;
  std::vector<std::uint16_t> owners = std::vector<std::uint16_t>(cluster_slots, nobody);  ///< slot to index in `masters`

  const Master* owner(std::uint32_t slot) const noexcept { return owners[slot] == nobody ? nullptr : &masters[owners[slot]]; }
};

/// @param reply of CLUSTER SLOTS
/// @param asked the node that answered: it may leave out its own host.
/// @return nullopt where the reply is of another shape. Pure.
std::optional<SlotMap> parse_cluster_slots(const redisReply& reply, const ServerAddress& asked);

}  // namespace signaling::redis_adapter
