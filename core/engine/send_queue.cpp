#include "send_queue.hpp"

#include <algorithm>
#include <utility>

#include <signaling/protocol/engine_payload.hpp>

#include "replies.hpp"

namespace signaling::engine {

void SendQueue::set_bytes(std::size_t bytes) {
  if (bytes == bytes_) return;
  observer_.on_queue_changed(static_cast<std::ptrdiff_t>(bytes) - static_cast<std::ptrdiff_t>(bytes_));
  bytes_ = bytes;
}

void SendQueue::push(protocol::MessagePtr message) {
  set_bytes(bytes_ + protocol::payload_size(*message));
  messages_.push_back(std::move(message));
}

HttpReply SendQueue::take_reply(std::string_view last) {
  std::string payload;
  payload.reserve(bytes_ + last.size() + 1);
  bool compressible = false;
  for (const protocol::MessagePtr& message : take()) {
    protocol::append_to_payload(*message, payload);
    compressible = compressible || message->compress();
  }
  if (!last.empty()) {
    if (!payload.empty()) payload += protocol::payload_separator;
    payload += last;
  }
  return payload_reply(std::move(payload), compressible);
}

std::vector<protocol::MessagePtr> SendQueue::take() {
  set_bytes(0);
  return std::exchange(messages_, {});
}

}  // namespace signaling::engine
