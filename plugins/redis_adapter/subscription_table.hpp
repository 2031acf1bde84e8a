#pragma once
// The channels that the node wants, and how far the servers have heard of it.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "backend.hpp"

namespace signaling::redis_adapter {

class SubscriberConnection;

struct Channel {
  std::string name;
  Partition partition = 0;
  bool is_wanted = false;
  bool is_queued = false;                   ///< in the work of its carrier
  SubscriberConnection* carrier = nullptr;  ///< that was asked last; nullptr: none, or it has ended
  bool is_asked = false;                    ///< the last command that was sent is a SUBSCRIBE
  bool is_confirmed = false;
  std::uint32_t outstanding = 0;  ///< commands sent and not answered
  std::vector<ReplyHandler> waiting;

  bool is_needless() const noexcept { return !is_wanted && !is_asked && !is_queued && outstanding == 0; }
};

/// Channels stay where they are until they are needless: pointers to them hold as long.
class SubscriptionTable {
 public:
  /// The channel, made where it is new.
  Channel& channel(Partition partition, std::string_view name);
  Channel* find(std::string_view name) noexcept;
  /// Forgets the channel where nothing speaks of it any more.
  void drop_if_needless(Channel& channel);
  void visit(const std::function<void(Channel&)>& visitor);
  std::size_t size() const noexcept { return channels_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, Channel, Hash, std::equal_to<>> channels_;
};

}  // namespace signaling::redis_adapter
