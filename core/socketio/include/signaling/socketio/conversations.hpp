#pragma once
// Opaque requests of the layer above to another node, and messages of a longer exchange with it: how a polling request that
// reached the wrong node gets to the owner of its session.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <signaling/base/clock.hpp>
#include <signaling/plugin_api/values.hpp>

namespace signaling::socketio {

/// Gets one side of a conversation. On its loop.
class ConversationHandler {
 public:
  virtual ~ConversationHandler() = default;
  /// Messages arrive in the order they were sent, none twice and none left out: a gap ends the conversation.
  virtual void on_message(plugin_api::Bytes body) = 0;
  /// Last: the other side has closed it (`ok`), its node is gone or unknown (`not_found`), the adapter is away or has lost a
  /// message (`unavailable`), or nothing was heard for the idle timeout (`timeout`). Not told where this side closed it.
  virtual void on_closed(plugin_api::Status status) = 0;
};

/// One side of a conversation. Destroying it closes it: the other side is told.
class Conversation {
 public:
  virtual ~Conversation() = default;
  /// False where the adapter took nothing (its queue is full, or it is away): the conversation is then closed, and
  /// `on_closed` follows on a later turn.
  virtual bool send(plugin_api::Bytes body) = 0;
  virtual std::string_view peer_tag() const = 0;
};

/// Takes conversations that other nodes begin. One per loop.
class ConversationAcceptor {
 public:
  /// `first` is what the other side sent with the beginning. nullptr refuses: the other side is told `closed`.
  virtual std::unique_ptr<ConversationHandler> on_conversation(std::unique_ptr<Conversation> conversation,
                                                               plugin_api::Bytes first) = 0;

 protected:
  ~ConversationAcceptor() = default;
};

/// [loop] All functions; a conversation belongs to the loop that began or accepted it. At most `max_conversations` per loop.
class Conversations {
 public:
  /// Begins one with loop `target_loop` of that node. nullptr, with the reason in `status`: `not_found` (no such node),
  /// `unavailable`, `too_many`. The handler outlives the conversation.
  virtual std::unique_ptr<Conversation> begin(std::string_view node_tag, std::uint8_t target_loop, plugin_api::Bytes first,
                                              base::Milliseconds idle_timeout, ConversationHandler& handler,
                                              plugin_api::Status& status) = 0;
  /// Before the loops run.
  virtual void accept_with(std::uint32_t loop, ConversationAcceptor& acceptor) = 0;

 protected:
  ~Conversations() = default;
};

}  // namespace signaling::socketio
