#pragma once
// What the forwarded and the served requests of one loop share, and the table that owns them.

#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include <signaling/base/event_loop.hpp>
#include <signaling/engine/engine.hpp>
#include <signaling/forwarding/counters.hpp>
#include <signaling/forwarding/forwarding.hpp>
#include <signaling/forwarding/options.hpp>
#include <signaling/socketio/conversations.hpp>

#include "item_writer.hpp"

namespace signaling::forwarding {

class ConversationEnd;
class ServedRequest;

/// One loop, one thread. Held by a shared_ptr, so that tasks still on the loop find out that it is gone.
class Context : public std::enable_shared_from_this<Context> {
 public:
  Context(const Options& options, const Forwarding::Environment& environment);
  ~Context();

  const Options& options() const noexcept { return options_; }
  base::EventLoop& loop() const noexcept { return environment_.loop; }
  engine::Engine& engine() const noexcept { return environment_.engine; }
  socketio::Conversations& conversations() const noexcept { return environment_.conversations; }
  std::string_view node_tag() const noexcept { return environment_.node_tag; }
  Counters& counters() noexcept { return counters_; }

  void add(std::unique_ptr<ConversationEnd> end);
  /// Out of the table now, destroyed at the end of the turn: its own functions, or the conversation's, may be on the stack.
  void retire(ConversationEnd& end);
  /// Once, at the end of this turn: what was said in it goes out as one message.
  void flush_later(ConversationEnd& end);
  /// At the end of this turn: the conversation has been set up by then.
  void start_later(ServedRequest& request);
  void drain();
  /// @return how many were drained.
  std::size_t drain_some(std::size_t count, std::mt19937_64& random);
  /// Tells the engine that nothing more comes. Nothing is called any more afterwards.
  void lose_all();

  /// Writers are large and seldom needed: each is lent for a turn.
  std::unique_ptr<ItemWriter> take_writer();
  void give_back(std::unique_ptr<ItemWriter> writer);

  bool is_draining() const noexcept { return is_draining_; }
  std::size_t waiting_body_bytes = 0;  ///< of the requests that wait for other nodes

 private:
  void schedule_end_of_turn();
  void end_turn();
  std::vector<ConversationEnd*> all() const;

  const Options options_;
  Forwarding::Environment environment_;
  const std::string node_tag_;
  Counters counters_;
  std::vector<std::unique_ptr<ItemWriter>> writers_;
  bool is_end_of_turn_scheduled_ = false;
  bool is_draining_ = false;
  std::vector<ServedRequest*> to_start_;
  std::vector<ConversationEnd*> to_flush_;
  std::vector<std::unique_ptr<ConversationEnd>> retired_;
  std::unordered_map<const ConversationEnd*, std::unique_ptr<ConversationEnd>> ends_;
};

}  // namespace signaling::forwarding
