#pragma once
// Messages that wait for a poll, or for the transport to open.

#include <cstddef>
#include <vector>

#include <signaling/engine/engine.hpp>
#include <signaling/engine/http_exchange.hpp>
#include <signaling/protocol/outbound_message.hpp>

namespace signaling::engine {

/// Tells the observer what it holds. The observer outlives it.
class SendQueue {
 public:
  explicit SendQueue(EngineObserver& observer) noexcept : observer_(observer) {}
  ~SendQueue() { set_bytes(0); }
  SendQueue(const SendQueue&) = delete;
  SendQueue& operator=(const SendQueue&) = delete;

  void push(protocol::MessagePtr message);
  bool empty() const noexcept { return messages_.empty(); }
  /// Size of the polling answer that holds everything queued.
  std::size_t bytes() const noexcept { return bytes_; }
  /// Everything queued as one payload, followed by `last` (a packet of the engine) where it is not empty. Empties the queue.
  HttpReply take_reply(std::string_view last = {});
  /// Everything queued, in order. Empties the queue.
  std::vector<protocol::MessagePtr> take();

 private:
  void set_bytes(std::size_t bytes);

  EngineObserver& observer_;
  std::vector<protocol::MessagePtr> messages_;
  std::size_t bytes_ = 0;
};

}  // namespace signaling::engine
