#pragma once
// Options and bounds of the Socket.IO layer; names and defaults follow socket.io where it has them (socketio-facts §1.1).

#include <cstddef>
#include <cstdint>

#include <signaling/base/clock.hpp>

namespace signaling::socketio {

/// Of one node: a room has a bit for each loop that has members of it.
inline constexpr std::uint32_t max_loops = 64;

enum class Parser : std::uint8_t { json, msgpack };

/// Which of the payloads that plugins hand over are looked at before they are sent; debug builds look at all of them.
enum class PayloadChecks : std::uint8_t {
  none,
  some,  ///< one in `checked_payload_interval`, the first of each loop included: a plugin that is wrong often is found soon
  all,
};
inline constexpr std::uint32_t checked_payload_interval = 64;

struct Options {
  Parser parser = Parser::json;
  PayloadChecks payload_checks = PayloadChecks::some;
  /// A connection that joined no namespace by then is closed.
  base::Milliseconds connect_timeout{45000};
  /// A middleware's deferred verdict that has not come by then is a refusal.
  base::Milliseconds middleware_timeout{5000};
  std::uint32_t max_namespaces_per_client = 16;
  std::uint32_t max_rooms_per_socket = 1000;
  std::uint32_t max_room_name_bytes = 256;
  std::uint32_t max_namespace_name_bytes = 256;
  std::uint32_t max_event_name_bytes = 256;
  std::uint32_t max_attachments = 10;
  /// Text and attachments of one packet together. Not more than a session's send queue may hold: passed on, such a packet would
  /// end each connection that it is for.
  std::size_t max_packet_bytes = 4'000'000;
  /// From a packet's text to the last attachment that it announces.
  base::Milliseconds attachments_timeout{30000};
  std::uint32_t max_json_depth = 64;
  /// Acknowledgements that one socket may owe the server.
  std::uint32_t max_pending_acks = 1000;
  /// JSON of CONNECT, kept as `handshake.auth`.
  std::uint32_t max_auth_bytes = 16 * 1024;
  /// JSON of `Socket::set_data` and of `set_claims`, each.
  std::uint32_t max_socket_data_bytes = 16 * 1024;
  /// Broadcasts kept for one held admission, and events kept for one socket while a middleware's verdict is awaited.
  std::uint32_t max_held_messages = 256;
  std::size_t max_held_bytes = 1'000'000;
  /// How long `emit_to_member` waits for the answer of the target's node.
  base::Milliseconds member_timeout{5000};
  /// Requests to other nodes that wait for an answer, of each loop.
  std::uint32_t max_pending_requests = 100'000;
  /// Messages of other nodes that a loop has not got round to, in bytes, of each loop; also what one node may answer to one
  /// request.
  std::size_t max_cluster_queue_bytes = 64'000'000;
  /// Conversations with other nodes, of each loop.
  std::uint32_t max_conversations = 20'000;
};

}  // namespace signaling::socketio
