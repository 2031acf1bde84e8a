#pragma once
// One end of the conversation about one request: hears items, and says what comes up in one turn in one message.

#include <memory>

#include <signaling/socketio/conversations.hpp>

#include "items.hpp"

namespace signaling::forwarding {

class Context;
class ItemWriter;

/// Owned by the context. `finish` is the one way out: whoever calls it calls nothing else afterwards.
class ConversationEnd : protected ItemVisitor {
 public:
  virtual ~ConversationEnd();
  ConversationEnd(const ConversationEnd&) = delete;
  ConversationEnd& operator=(const ConversationEnd&) = delete;

  /// For one item of this turn's message.
  ItemWriter& say();
  /// Sends what was said.
  void flush();
  /// What was said is sent; the other side is told that the conversation is over, and this is destroyed, at the end of the
  /// turn.
  void finish();
  bool has_finished() const noexcept { return has_finished_; }

  /// This node stops.
  virtual void drain() {}
  /// There is a client at this node that `drain` would send elsewhere.
  virtual bool is_left_to_drain() const { return false; }
  /// The loop has ended: who waits for this is told, and nothing comes any more.
  virtual void lose() = 0;

 protected:
  explicit ConversationEnd(Context& context) noexcept : context_(context) {}

  /// The conversation is closed: what was said and not sent is for nobody.
  void stop_talking() noexcept { is_closed_ = true; }
  /// Visits the items of a message until this has finished.
  void hear(plugin_api::Bytes body);
  /// The other side makes no sense. `finish`es.
  virtual void on_malformed() = 0;
  void on_unknown_item() override;

  Context& context_;
  std::unique_ptr<socketio::Conversation> conversation_;

 private:
  std::unique_ptr<ItemWriter> writer_;  ///< only while something was said and not sent
  bool has_finished_ = false;
  bool is_closed_ = false;
};

}  // namespace signaling::forwarding
