#pragma once
// One connection to a server: opened, logged in, then commands out and replies in.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/steady_timer.hpp>

#include "environment.hpp"
#include "login.hpp"
#include "reply_reader.hpp"
#include "stream.hpp"

namespace signaling::redis_adapter {

/// Why a connection ended, or never came to be.
struct CloseReason {
  std::string text;
  bool was_open = false;    ///< the login had been done
  bool is_refusal = false;  ///< trying again does not help until a person has changed something
};

class ConnectionHandler {
 public:
  virtual void on_open(const ServerInfo& info) = 0;
  /// Replies in order, those of the login left out. The connection may be closed in here.
  virtual void on_reply(redisReply& reply) = 0;
  /// Once, and never after `close`.
  virtual void on_closed(const CloseReason& reason) = 0;

 protected:
  ~ConnectionHandler() = default;
};

/// One use: opened once, closed once. Lifetime: operations under way hold it; `handler` is not called after `close`.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Environment& environment, ConnectionHandler& handler, Purpose purpose, const ServerAddress& address);

  void open();
  /// Appends; what one turn appended leaves in one write. Only when open.
  void write(std::string_view text);
  /// Bytes appended, and how many of those the socket was given: what is behind that has surely not been sent.
  std::uint64_t appended() const noexcept { return appended_; }
  std::uint64_t handed_over() const noexcept { return handed_over_; }
  bool is_open() const noexcept { return state_ == State::open; }
  TimePoint last_read() const noexcept { return last_read_; }
  const ServerAddress& address() const noexcept { return address_; }
  /// Silent. What was not written yet is dropped.
  void close() noexcept;
  /// As if the connection had ended by itself: the handler is told, unless it was closed before.
  void fail(std::string_view reason);

 private:
  enum class State : std::uint8_t { fresh, opening, open, closed };

  void end(std::string_view reason, bool is_refusal);
  void on_stream_open();
  void read();
  void on_read(std::size_t size);
  bool feed_login(const redisReply& reply);
  void schedule_flush();
  void flush();

  Environment& environment_;
  ConnectionHandler* handler_;
  ServerAddress address_;
  std::shared_ptr<Stream> stream_;
  ReplyReader reader_;
  Login login_;
  asio::steady_timer timer_;  ///< of the opening, then of the flush delay
  State state_ = State::fresh;
  bool is_writing_ = false;
  bool is_flush_scheduled_ = false;
  TimePoint last_read_{};
  std::string output_;   ///< appended, not handed over
  std::string writing_;  ///< under way
  std::uint64_t appended_ = 0;
  std::uint64_t handed_over_ = 0;
  std::array<char, 65'536> input_;
};

}  // namespace signaling::redis_adapter
