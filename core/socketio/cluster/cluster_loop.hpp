#pragma once
// What one loop keeps for the cluster.

#include <atomic>
#include <cstddef>

#include "conversation_hub.hpp"
#include "loop_server.hpp"
#include "member_requests.hpp"
#include "node_list.hpp"
#include "node_requests.hpp"
#include "outlet.hpp"

namespace signaling::socketio::cluster {

/// On the loop, but for `queued_bytes`.
struct ClusterLoop {
  ClusterLoop(LoopServer& its_loop, Outlet& outlet)
      : loop(its_loop), members(loop, outlet), requests(loop, outlet), conversations(loop, outlet, nodes) {}

  LoopServer& loop;
  NodeList nodes;
  MemberRequests members;
  NodeRequests requests;
  ConversationHub conversations;
  /// Messages of other nodes that were posted here and did not run yet. [any thread]
  std::atomic<std::size_t> queued_bytes{0};

  bool may_ask() const noexcept { return members.size() + requests.size() < loop.options().max_pending_requests; }
};

}  // namespace signaling::socketio::cluster
