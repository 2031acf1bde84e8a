#pragma once
// Messages of other nodes on their way to the loops they concern.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <signaling/plugin_api/adapter.hpp>

#include "cluster_message.hpp"
#include "handover.hpp"

namespace signaling::socketio::cluster {

class Cluster;
class ConversationHub;

/// One batch as the adapter handed it over: decoded in the adapter's thread, packets encoded there once for the whole node,
/// then given to the loops.
class Inbox {
 public:
  explicit Inbox(Cluster& cluster);
  void take(std::span<const plugin_api::ClusterMessage> messages);

 private:
  /// The adapter has delivered what its contract does not allow, or another node has.
  void tell(std::string_view what) const;
  void take_one(const plugin_api::ClusterMessage& message);
  void take_emit(const plugin_api::ClusterMessage& message, Reader& reader);
  void take_member(const plugin_api::ClusterMessage& message, Reader& reader);
  void take_member_check(const plugin_api::ClusterMessage& message);
  void take_member_status(const plugin_api::ClusterMessage& message, Reader& reader);
  void take_gather(const plugin_api::ClusterMessage& message);
  void take_query(const plugin_api::ClusterMessage& message);
  void take_room_change(const plugin_api::ClusterMessage& message, Kind kind);
  void take_disconnect(const plugin_api::ClusterMessage& message);
  void take_server_event(const plugin_api::ClusterMessage& message);
  void take_answer(const plugin_api::ClusterMessage& message, Kind kind);
  void take_hears_again(const plugin_api::ClusterMessage& message);
  template <class Message>
  void take_conversation(const plugin_api::ClusterMessage& message,
                         void (ConversationHub::*hear)(std::string_view, const Message&));

  std::uint64_t loops_or_first(const plugin_api::Target& target) const;
  /// A loop that does not exist: nor does what is asked for, which any loop can say.
  std::size_t loop_or_first(std::size_t loop) const noexcept { return loop < handover_.loop_count() ? loop : 0; }

  Cluster& cluster_;
  Handover handover_;
};

}  // namespace signaling::socketio::cluster
