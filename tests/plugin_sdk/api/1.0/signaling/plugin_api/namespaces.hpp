#pragma once
// Operations on many sockets: broadcast, queries, remote join, leave and disconnect.

#include <cstdint>
#include <span>
#include <string_view>

#include <signaling/plugin_api/socket.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

/// Which sockets of a namespace: the union of `rooms` (all sockets where empty), each once, without those in `except`.
/// A socket id is the name of a room that holds that socket alone.
struct Target {
  std::string_view namespace_name = "/";
  std::span<const std::string_view> rooms = {};
  std::span<const std::string_view> except = {};
  /// Only members of the room admitted with a mark below this (see `Socket::admit`); 0: all. Needs exactly one room.
  std::uint64_t before_mark = 0;
};

/// Answers of a broadcast with acknowledgement.
class BroadcastAckHandler : public Releasable {
 public:
  struct Answer {
    std::string_view socket_id;
    std::string_view args;  ///< JSON array
    std::span<const Bytes> attachments;
  };
  /// Once, on the loop that asked, then `release()`. `ok`, or `timeout` with what did arrive. `expected` counts the sockets
  /// that got the event; `missing_nodes` names the nodes that did not report in time. `unavailable`: the adapter is away, and
  /// nobody knows which other nodes there are; the answers are this node's. [loop]
  virtual void on_answers(Status status, std::span<const Answer> answers, std::uint32_t expected,
                          std::span<const std::string_view> missing_nodes) = 0;

 protected:
  ~BroadcastAckHandler() = default;
};

/// What a query tells about one socket.
struct SocketInfo {
  std::string_view id;
  std::string_view node;
  std::string_view handshake;  ///< JSON object: address, url, issued, secure, query, auth … ; empty in id-only queries
  std::string_view data;       ///< JSON; empty in id-only queries
  std::span<const std::string_view> rooms;
};

enum class Projection : std::uint32_t { count, ids, full };

class QueryHandler : public Releasable {
 public:
  /// Once, on the loop that asked, then `release()`. `timeout` carries what did arrive and the nodes that did not;
  /// `unavailable` what is on this node, while the adapter is away. [loop]
  virtual void on_result(Status status, std::uint64_t count, std::span<const SocketInfo> sockets,
                         std::span<const std::string_view> missing_nodes) = 0;

 protected:
  ~QueryHandler() = default;
};

/// Answers of the other nodes to a server-side event.
class ServerAnswersHandler : public Releasable {
 public:
  struct Answer {
    std::string_view node;  ///< name
    std::string_view args;  ///< JSON array
    std::span<const Bytes> attachments;
  };
  /// Once, on the loop that asked, then `release()`. `ok`: every node has answered or has nothing to say; `timeout`: with what
  /// did arrive, and the names of the nodes that did not answer; `unavailable`: the adapter is away. [loop]
  virtual void on_answers(Status status, std::span<const Answer> answers, std::span<const std::string_view> missing_nodes) = 0;

 protected:
  ~ServerAnswersHandler() = default;
};

/// Sockets of all namespaces, on this node and the others. All functions [loop]. Handlers may be called before the function
/// returns.
///
/// Order from one loop to one socket: on this node everything arrives in the order it was sent. On another node that holds for
///  - `emit` to one room and `emit_to_member` that requires this room (they share the room's channel),
///  - `emit` to the socket's id and `emit_to_member` without a room (they share the channel of the socket's node),
///  - `emit` to a whole namespace or to several rooms of it,
/// each group in itself; between the groups it is not promised.
///
/// Nodes: what is asked of other nodes comes back with what did arrive and the names of those that did not answer in time. A
/// node that is lost or stops meanwhile is named at once. With `max_pending_requests` of a loop outstanding, handlers are told
/// `too_many`.
class Namespaces {
 public:
  /// At most once to each socket. Local sockets never wait for the adapter.
  virtual void emit(const Target& target, const Payload& event, EmitFlags flags = {}) = 0;
  virtual void emit_with_ack(const Target& target, const Payload& event, std::uint32_t timeout_ms, BroadcastAckHandler& handler,
                             EmitFlags flags = {}) = 0;

  /// To one socket, provided that it is in `required_room` (empty: no condition). `ok` once it is handed to the socket's
  /// connection, on whichever node; `not_found`, also of a node that is not known or no longer there; `not_member`; `timeout`:
  /// its node has not answered, it may have arrived; `unavailable`: the adapter has not taken it. Handler may be nullptr, which
  /// saves the answer. To a member that is held there it is kept with the room's broadcasts, in their order.
  virtual void emit_to_member(std::string_view namespace_name, std::string_view socket_id, std::string_view required_room,
                              const Payload& event, StatusHandler* handler) = 0;

  virtual void join(const Target& target, std::span<const std::string_view> rooms) = 0;
  virtual void leave(const Target& target, std::span<const std::string_view> rooms) = 0;
  virtual void disconnect(const Target& target, bool close) = 0;
  /// `local` asks this node alone.
  virtual void query(const Target& target, Projection projection, std::uint32_t timeout_ms, bool local,
                     QueryHandler& handler) = 0;

  /// The socket with that id on the calling loop, or nullptr.
  virtual Socket* find_local(std::string_view namespace_name, std::string_view socket_id) = 0;

  /// To the application that serves the namespace on each other node (`Application::on_server_event`); not to this one. In
  /// order from one loop. Handler may be nullptr: nobody is asked to answer.
  virtual void emit_to_servers(std::string_view namespace_name, const Payload& event, std::uint32_t timeout_ms,
                               ServerAnswersHandler* handler) = 0;

 protected:
  ~Namespaces() = default;
};

}  // namespace signaling::plugin_api
