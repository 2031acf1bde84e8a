#pragma once
// One connection to a NATS server, from its beginning to its end: a new one is made where it breaks.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <nats/nats.h>
#include <string>
#include <string_view>
#include <vector>

#include "inbox.hpp"
#include "settings.hpp"

namespace signaling::nats_adapter {

/// Everything but `open` and `close` is quick, or blocks at most for the write deadline (while the server takes nothing).
class Connection {
 public:
  struct Attempt {
    std::shared_ptr<Connection> connection;  ///< null: it failed
    std::string reason;
    bool is_refused = false;  ///< the server is there and does not let this client in
  };
  /// Blocks for at most the connect timeout. @param number  another for each connection
  static Attempt open(const Settings& settings, const std::string& url, const std::string& name, std::uint64_t number,
                      std::shared_ptr<Inbox> inbox);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Ends it, and waits until no callback of it runs any more. Not from a callback.
  void close();
  /// Ends it without waiting: who blocks on it goes on.
  void abort();

  std::uint64_t number() const noexcept { return number_; }
  std::size_t max_payload() const noexcept { return max_payload_; }
  natsConnection* raw() const noexcept { return connection_; }

  struct Subscription;
  using Handle = std::shared_ptr<Subscription>;
  /// Messages of the subject go into the inbox as `source` with `name` and `number`. Null where it failed: the connection has
  /// ended or is about to. In force once something that was published after it on this connection has come back.
  Handle subscribe(const std::string& subject, Incoming::Source source, std::uint64_t number,
                   std::shared_ptr<const std::string> name = nullptr);
  /// Also of a subscription that has ended with its connection, which must not be gone yet. Messages that are on their way
  /// still come.
  void unsubscribe(const Handle& subscription);

  bool publish(const std::string& subject, std::string_view data);
  /// @param expected  place of the subject's last message in the stream, 0: none; the stream refuses the message otherwise
  bool publish_expecting(const std::string& subject, const std::string& reply, std::string_view data, std::uint64_t expected);
  bool request(const std::string& subject, const std::string& reply, std::string_view data);

  /// Messages that were dropped because the inbox was full, since the last call.
  std::uint64_t take_dropped() noexcept { return dropped_.exchange(0, std::memory_order_relaxed); }

 private:
  Connection(std::uint64_t number, std::shared_ptr<Inbox> inbox);
  static void on_message(natsConnection*, natsSubscription*, natsMsg* message, void* closure);
  static void on_subscription_ended(void* closure);
  static void on_closed(natsConnection* connection, void* closure);
  static void on_error(natsConnection*, natsSubscription*, natsStatus status, void* closure);

  const std::uint64_t number_;
  const std::shared_ptr<Inbox> inbox_;
  natsConnection* connection_ = nullptr;
  std::size_t max_payload_ = 0;
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> is_closing_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t subscriptions_ = 0;  ///< guarded by mutex_, with all that follows
  bool is_closed_ = false;
  std::vector<Handle> orphans_;  ///< of which the library does not say when it is done
};

}  // namespace signaling::nats_adapter
