#pragma once
// Plugins that carry messages, presence and history between nodes. An adapter knows nothing of packets.

#include <cstdint>
#include <span>
#include <string_view>

#include <signaling/plugin_api/counters.hpp>
#include <signaling/plugin_api/host.hpp>
#include <signaling/plugin_api/plugin.hpp>
#include <signaling/plugin_api/presence.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::plugin_api {

/// Where a message goes.
struct Destination {
  enum class Kind : std::uint32_t { topic, node, all } kind = Kind::all;
  std::string_view name = {};  ///< topic or node tag; empty for `all`
};

struct NodeInfo {
  std::string_view tag;  ///< 4 base64url characters: the first of every id made on that node
  std::string_view name;
  std::string_view version;       ///< of the server
  std::string_view capabilities;  ///< words separated by spaces
};

struct ClusterMessage {
  std::string_view from_tag;
  Destination::Kind kind;
  std::string_view topic;  ///< where kind is `topic`
  Bytes body;
};

/// Events from the adapter to the core. All functions [any thread]; messages of one sender and topic in order. The core
/// copies what it keeps. None of them blocks.
class AdapterEvents {
 public:
  /// In batches as they came from the wire. Never this node's own.
  virtual void on_messages(std::span<const ClusterMessage> messages) = 0;
  /// A node is told of those that are there, and the others of it, before its `start` has ended as far as the backend can be
  /// reached: what is for other nodes is not even written where none is known. Telling it twice is no error.
  virtual void on_node_joined(const NodeInfo& node) = 0;
  virtual void on_node_left(const NodeInfo& node) = 0;
  /// Its lease ran out. The entries it held are gone: `on_members_changed` follows for each room.
  virtual void on_node_lost(const NodeInfo& node) = 0;
  /// Changes that no message tells of: a node was lost, a node that was taken for lost is back, or this node has heard nothing
  /// for a while (then for each room it has members in). Each node is told for itself, once; in the order of the marks.
  virtual void on_members_changed(std::string_view room, std::span<const MemberChange> changes) = 0;
  /// Connected to the backend or not; `reason` for people.
  virtual void on_health_changed(bool is_available, std::string_view reason) = 0;

 protected:
  ~AdapterEvents() = default;
};

class NodeVisitor {
 public:
  virtual void on_node(const NodeInfo& node) = 0;

 protected:
  ~NodeVisitor() = default;
};

/// One call, then `release()`.
class SubscribeHandler : public Releasable {
 public:
  /// `ok`, `unavailable`, `too_many`.
  virtual void on_subscribed(Status status) = 0;

 protected:
  ~SubscribeHandler() = default;
};

/// Result of one history operation; one call, then `release()`.
class HistoryHandler : public Releasable {
 public:
  /// `append`: no items, `next_offset` names the place behind the item. `replay`: the items behind the offset asked for;
  /// `not_found` where that offset is no longer kept (nothing is replayed in part).
  virtual void on_history(Status status, std::uint64_t next_offset, std::span<const Bytes> items) = 0;

 protected:
  ~HistoryHandler() = default;
};

/// What an adapter can do; words of the manifest's `capabilities`: `cluster` (there are other nodes), `history`, `counters` (it
/// is a `CountingAdapter`).
///
/// Functions are [any thread] and never block or throw; handlers are called from any thread, possibly before the function
/// returns, never under a lock of the adapter.
class Adapter : public Plugin {
 public:
  /// Before `start`; `events` outlives the adapter. `self` is announced to the other nodes. [startup]
  virtual void attach(AdapterEvents& events, const NodeInfo& self) = 0;

  /// Messages published to `topic` reach this node once `handler` was told `ok`, and until `unsubscribe`. Core calls it
  /// when the first local socket joins a room, and `unsubscribe` after the last left.
  virtual void subscribe(std::string_view topic, SubscribeHandler& handler) = 0;
  virtual void unsubscribe(std::string_view topic) = 0;

  /// Ordered per sender and topic; at most once; into a bounded queue. What the queue cannot take is dropped and counted:
  /// `too_many`, or `unavailable` while the backend is away.
  virtual Status publish(const Destination& destination, Bytes message) = 0;

  /// Presence under this node's lease; see `Presence` for the contract of each.
  virtual void presence_put(std::string_view room, std::string_view member, std::string_view value, std::uint32_t max_members,
                            PresenceHandler& handler) = 0;
  virtual void presence_remove(std::string_view room, std::string_view member, PresenceHandler& handler) = 0;
  virtual void presence_list(std::string_view room, PresenceHandler& handler) = 0;

  /// Live nodes, this one included.
  virtual void visit_nodes(NodeVisitor& visitor) = 0;

  /// Optional (capability `history`): the handler is told `unsupported` otherwise.
  virtual void history_append(std::string_view topic, Bytes item, HistoryHandler& handler) = 0;
  virtual void history_replay(std::string_view topic, std::uint64_t offset, HistoryHandler& handler) = 0;

 protected:
  ~Adapter() = default;
};

/// Successor of `Adapter` for one that has counters shared by all nodes. An adapter whose manifest has the capability
/// `counters` derives from it, which its `create` sees to; the server then offers `SharedCounters` to the other plugins. Since
/// API 1.1.
class CountingAdapter : public Adapter {
 public:
  /// As `SharedCounters::take`; the server has checked that there are 1 to max_counter_takes, with keys of the right length,
  /// finite numbers, and rates above 0. Counters vanish by themselves once they have leaked to 0. [any thread]
  virtual void take_counters(std::span<const CounterTake> takes, std::uint32_t wait_ms, CounterHandler& handler) = 0;

 protected:
  ~CountingAdapter() = default;
};

}  // namespace signaling::plugin_api
