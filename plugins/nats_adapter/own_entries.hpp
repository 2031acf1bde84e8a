#pragma once
// What this node has registered, as the core was told: the truth that the stream is made equal to.

#include <broker_parts/room_entries.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace signaling::nats_adapter {

struct OwnEntry {
  std::string value;
  std::uint64_t place = 0;
  bool is_leaving = false;  ///< a remove may have happened: it is not put back, and the next remove says that it was there
};

class OwnEntries final : public broker_parts::RoomEntries<OwnEntry> {
 public:
  void set(std::string_view room, std::string_view member, std::string_view value, std::uint64_t place) {
    find_or_make(room, member).first = {std::string(value), place, false};
  }
};

}  // namespace signaling::nats_adapter
