#pragma once
// Conversations of one loop with loops of other nodes.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <signaling/socketio/conversations.hpp>

#include "cluster_message.hpp"
#include "loop_server.hpp"
#include "node_list.hpp"
#include "outlet.hpp"

namespace signaling::socketio::cluster {

/// On its loop. Messages of both sides travel on the channels of the two nodes, each of which keeps their order; numbers in
/// each direction tell of one that was lost.
class ConversationHub {
 public:
  ConversationHub(LoopServer& loop, Outlet& outlet, const NodeList& nodes) : loop_(loop), outlet_(outlet), nodes_(nodes) {}
  ~ConversationHub();
  ConversationHub(const ConversationHub&) = delete;
  ConversationHub& operator=(const ConversationHub&) = delete;

  void set_acceptor(ConversationAcceptor& acceptor) noexcept { acceptor_ = &acceptor; }
  /// See Conversations::begin.
  std::unique_ptr<Conversation> begin(std::string_view node_tag, std::uint8_t target_loop, plugin_api::Bytes first,
                                      base::Milliseconds idle_timeout, ConversationHandler& handler,
                                      plugin_api::Status& status);

  /// Perhaps for a loop that does not exist: one that does refuses it.
  void on_open(std::string_view from_tag, const ConversationOpen& message);
  void on_data(std::string_view from_tag, const ConversationData& message);
  void on_close(std::string_view from_tag, const ConversationClose& message);
  void on_check(std::string_view from_tag, const ConversationCheck& message);
  /// That node may have missed something, or have given up everything: asks it about each conversation with it.
  void check(std::string_view tag);
  void lose(std::string_view tag);
  void fail_all(plugin_api::Status status);

 private:
  struct Key {
    std::string tag;  ///< of the other node
    std::uint64_t id;
    bool opened_here;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return std::hash<std::string_view>{}(key.tag) ^ std::hash<std::uint64_t>{}(key.id * 2 + (key.opened_here ? 1 : 0));
    }
  };
  class Link;
  class Side;

  void insert(const std::shared_ptr<Link>& link);
  bool send(Link& link, plugin_api::Bytes body);
  void send_close(std::string_view tag, const ConversationHead& head, plugin_api::Status status);
  void send_close(const Link& link, plugin_api::Status status);
  template <class Message>
  void refuse_unknown(std::string_view from_tag, const Message& message);
  void end_by_gap(const std::shared_ptr<Link>& link);
  /// Ends it here; the handler is told unless the owner has let go of its side.
  void finish(std::shared_ptr<Link> link, plugin_api::Status status);
  void take_off(Link& link);

  LoopServer& loop_;
  Outlet& outlet_;
  const NodeList& nodes_;
  ConversationAcceptor* acceptor_ = nullptr;
  std::uint64_t last_id_ = 0;
  std::unordered_map<Key, std::shared_ptr<Link>, KeyHash> links_;
};

}  // namespace signaling::socketio::cluster
