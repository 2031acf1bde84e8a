#pragma once
// The way from all other threads to the adapter's: the core's, those of the client library, and the one that connects.

#include <broker_parts/operation.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <signaling/plugin_api/values.hpp>

#include "nats_message.hpp"

namespace signaling::nats_adapter {

class Connection;
using broker_parts::Operation;

/// A message of NATS.
struct Incoming {
  enum class Source : std::uint8_t {
    topic,
    node,      ///< to this node
    all,       ///< to all nodes
    beats,     ///< what nodes say of themselves
    reply,     ///< answers to requests of this node
    delivery,  ///< the stream
  } source;
  std::uint64_t number = 0;                           ///< of the connection; delivery: which reading of the stream
  std::shared_ptr<const std::string> name = nullptr;  ///< topic
  NatsMessage message = {};
};

/// What the thread that connects has come to.
struct SessionEvent {
  enum class Kind : std::uint8_t {
    connected,
    not_connected,  ///< it is tried again; `reason`
    refused,        ///< the server does not let this node in; it is tried again; `reason`
    closed,         ///< the connection `number` has ended; `reason`
    reading,        ///< the stream is being delivered for the reading `number`
    not_reading,    ///< `reason`
  } kind;
  std::uint64_t number = 0;
  std::shared_ptr<Connection> connection = nullptr;
  std::string reason = {};
  std::uint64_t epoch = 0;         ///< reading: when the stream was made, in nanoseconds: another stream has another one
  std::uint64_t last = 0;          ///< reading: place of the message with which all is read that was there
  bool is_from_beginning = false;  ///< reading: not from where it had been left
};

class Inbox {
 public:
  /// @param max_bytes  for the core's operations, and for messages of other nodes
  explicit Inbox(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// `too_many` where it is full, `closed`; `operation` is then left as it was. An `unsubscribe` is always taken: there are no
  /// more of them than topics.
  plugin_api::Status push(Operation&& operation) {
    const std::size_t bytes = operation.bytes();
    const std::lock_guard lock(mutex_);
    if (is_closed_) return plugin_api::Status::closed;
    if (operation.kind != Operation::Kind::unsubscribe && operation_bytes_ + bytes > max_bytes_)
      return plugin_api::Status::too_many;
    operation_bytes_ += bytes;
    content_.operations.push_back(std::move(operation));
    wake();
    return plugin_api::Status::ok;
  }
  /// False where it was dropped. Answers and the stream are always taken: requests and flow control bound them.
  bool push(Incoming&& incoming) {
    using Source = Incoming::Source;
    const std::size_t bytes = sizeof(Incoming) + incoming.message.data().size();
    const bool is_bounded =
        incoming.source == Source::topic || incoming.source == Source::node || incoming.source == Source::all;
    const std::lock_guard lock(mutex_);
    if (is_bounded && incoming_bytes_ + bytes > max_bytes_) return false;
    incoming_bytes_ += bytes;
    content_.incoming.push_back(std::move(incoming));
    wake();
    return true;
  }
  void push(SessionEvent&& event) {
    const std::lock_guard lock(mutex_);
    content_.events.push_back(std::move(event));
    wake();
  }

  struct Content {
    std::vector<SessionEvent> events;
    std::vector<Incoming> incoming;
    std::vector<Operation> operations;
    void clear() {
      events.clear();
      incoming.clear();
      operations.clear();
    }
  };
  /// Waits until something is there, at most until `until`, and takes everything into `out`, whose memory is used again.
  void take(Content& out, std::chrono::steady_clock::time_point until) {
    out.clear();
    std::unique_lock lock(mutex_);
    is_waiting_ = true;
    changed_.wait_until(
        lock, until, [this] { return !content_.events.empty() || !content_.incoming.empty() || !content_.operations.empty(); });
    is_waiting_ = false;
    std::swap(out, content_);
    operation_bytes_ = incoming_bytes_ = 0;
  }

  /// No operation is taken from here on.
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return operation_bytes_ + incoming_bytes_;
  }

 private:
  void wake() {
    if (is_waiting_) changed_.notify_one();
  }
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Content content_;  ///< guarded by mutex_, with all that follows
  std::size_t operation_bytes_ = 0;
  std::size_t incoming_bytes_ = 0;
  bool is_waiting_ = false;
  bool is_closed_ = false;
};

}  // namespace signaling::nats_adapter
