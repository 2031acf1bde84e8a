#pragma once
// Counters of one loop, written by it and read by the metrics.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <signaling/base/counter.hpp>

namespace signaling::socketio {

/// Why a socket left its namespace (socketio-facts §1.2).
enum class DisconnectReason : std::uint8_t {
  transport_error,
  transport_close,
  forced_close,
  ping_timeout,
  parse_error,
  server_shutting_down,
  forced_server_close,
  client_namespace_disconnect,
  server_namespace_disconnect,
};
inline constexpr std::size_t disconnect_reason_count = 9;
constexpr std::string_view to_string(DisconnectReason reason) noexcept {
  constexpr std::string_view names[] = {"transport error",
                                        "transport close",
                                        "forced close",
                                        "ping timeout",
                                        "parse error",
                                        "server shutting down",
                                        "forced server close",
                                        "client namespace disconnect",
                                        "server namespace disconnect"};
  return names[static_cast<std::size_t>(reason)];
}

/// What was refused or thrown away, and why.
enum class Drop : std::uint8_t {
  volatile_not_writable,  ///< a volatile message for a transport that was busy
  send_queue_full,        ///< the reader is too slow; the connection is closed
  held_full,              ///< a held admission or a waiting middleware kept all it may
  invalid_namespace,
  too_many_namespaces,
  auth_too_large,
  too_many_rooms,
  too_many_acks,
  invalid_room,         ///< a room's name that is empty, too long or holds control characters
  packet_too_large,     ///< a packet with more attachments' bytes than allowed; the connection is closed
  attachments_timeout,  ///< attachments that were announced and did not come; the connection is closed
  bad_packet,           ///< a Socket.IO packet that breaks the protocol; the connection is closed
  unknown_ack,          ///< an acknowledgement nobody waits for
  middleware_refused,
  middleware_timeout,
  connect_timeout,
  plugin_error,      ///< an exception escaped from a hook
  outgoing_dropped,  ///< an event for one socket, by a middleware's hook for what goes out
};
inline constexpr std::size_t drop_count = 18;
constexpr std::string_view to_string(Drop drop) noexcept {
  constexpr std::string_view names[] = {
      "volatile_not_writable", "send_queue_full", "held_full",       "invalid_namespace",  "too_many_namespaces",
      "auth_too_large",        "too_many_rooms",  "too_many_acks",   "invalid_room",       "packet_too_large",
      "attachments_timeout",   "bad_packet",      "unknown_ack",     "middleware_refused", "middleware_timeout",
      "connect_timeout",       "plugin_error",    "outgoing_dropped"};
  return names[static_cast<std::size_t>(drop)];
}

struct Counters {
  base::Counter events_in;  ///< events from clients
  base::Counter acks_in;
  base::Counter packets_out;  ///< Socket.IO packets handed to a connection: events, acknowledgements, control
  base::Counter sockets;      ///< gauge: sockets in namespaces
  base::Counter rooms;        ///< gauge: rooms with a member on this loop
  base::Counter memberships;  ///< gauge: sum of members over the rooms
  base::Counter namespaces;   ///< gauge: namespaces with a socket on this loop
  std::array<base::Counter, disconnect_reason_count> disconnects;
  std::array<base::Counter, drop_count> drops;

  void drop(Drop reason) noexcept { drops[static_cast<std::size_t>(reason)].add(); }
};

/// What between nodes was thrown away or refused.
enum class ClusterDrop : std::uint8_t {
  publish_refused,         ///< the adapter did not take a message: its backend is away, or its queue is full
  queue_full,              ///< a loop has `max_cluster_queue_bytes` of messages of other nodes before it
  unknown_version,         ///< a message of another release
  unknown_kind,            ///< the same
  malformed,               ///< a message that cannot be read
  answer_too_large,        ///< a node answered more than `max_cluster_queue_bytes`
  late_answer,             ///< an answer nobody waits for any more
  too_many_requests,       ///< `max_pending_requests`
  too_many_conversations,  ///< `max_conversations`
  conversation_gap,        ///< a conversation ended because a message of it was lost
};
inline constexpr std::size_t cluster_drop_count = 10;
constexpr std::string_view to_string(ClusterDrop drop) noexcept {
  constexpr std::string_view names[] = {
      "publish_refused",  "queue_full",  "unknown_version",   "unknown_kind",           "malformed",
      "answer_too_large", "late_answer", "too_many_requests", "too_many_conversations", "conversation_gap"};
  return names[static_cast<std::size_t>(drop)];
}

/// Of one node, written by its loops and the adapter's threads.
struct ClusterCounters {
  using Count = std::atomic<std::uint64_t>;
  Count sent{0};            ///< messages the adapter took
  Count sent_bytes{0};      ///< of those
  Count received{0};        ///< messages of other nodes
  Count received_bytes{0};  ///< of those
  Count skipped{0};         ///< received, and for a socket of another node
  Count timeouts{0};        ///< requests that another node did not answer in time
  Count pending{0};         ///< gauge: requests that wait for an answer
  Count conversations{0};   ///< gauge
  Count nodes{0};           ///< gauge: other nodes known
  Count queued_bytes{0};    ///< gauge: messages of other nodes that wait for a loop
  std::array<Count, cluster_drop_count> drops{};

  static void add(Count& count, std::uint64_t amount = 1) noexcept { count.fetch_add(amount, std::memory_order_relaxed); }
  static void subtract(Count& count, std::uint64_t amount = 1) noexcept { count.fetch_sub(amount, std::memory_order_relaxed); }
  void drop(ClusterDrop reason) noexcept { add(drops[static_cast<std::size_t>(reason)]); }
};

}  // namespace signaling::socketio
