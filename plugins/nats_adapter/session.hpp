#pragma once
// The thread that may block: it connects, and makes the stream and what delivers it. Results go into the inbox.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "connection.hpp"
#include "inbox.hpp"
#include "settings.hpp"
#include "subjects.hpp"

namespace signaling::nats_adapter {

class Session {
 public:
  Session(Settings settings, const Subjects& subjects, std::string name, std::shared_ptr<Inbox> inbox);
  ~Session();

  /// Tries all servers again and again, until one takes this node in: `connected`. `old` is closed first, may be null.
  void connect(std::shared_ptr<Connection> old);
  struct Reading {
    std::uint64_t number;         ///< of the reading
    std::string delivery;         ///< subject, subscribed to already
    std::uint64_t epoch;          ///< of the stream that was read so far; 0: none
    std::uint64_t next_sequence;  ///< where to go on in it
    std::string registration;     ///< subject of this node's registration, and what it says
    std::string description;
  };
  /// Makes the stream where there is none, registers this node in it, and has it delivered from there on: `reading` or
  /// `not_reading`.
  void read_stream(std::shared_ptr<Connection> connection, Reading reading);
  /// For attempts to come.
  void use_login(const Login& login);
  /// Waits until the thread has ended: at most the connect timeout. `last` is ended with it, may be null.
  void stop(std::shared_ptr<Connection> last);

 private:
  void add(std::function<void()> job);
  void run();
  void connect_now();
  void read_now(Connection& connection, const Reading& reading);
  bool wait(std::chrono::milliseconds time);

  const Subjects& subjects_;
  const std::string name_;
  const std::shared_ptr<Inbox> inbox_;
  std::uint64_t next_connection_ = 1;
  std::size_t next_url_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  Settings settings_;  ///< guarded by mutex_, with all that follows
  std::deque<std::function<void()>> jobs_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace signaling::nats_adapter
