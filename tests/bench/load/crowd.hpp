#pragma once
// The clients of a run and the one epoll that serves them. What the events of one turn make the clients send is written at its
// end, once for each client: the load must cost less than the server.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client.hpp"
#include "frame.hpp"
#include "settings.hpp"

namespace signaling::bench_load {

/// What a scenario hears. Called within `Crowd::turn`; may send and close, but not open.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_ready(Client& client) = 0;
  /// @param packet  JSON array of the event; valid during the call
  virtual void on_event(Client& client, std::string_view packet, std::int64_t now_ns) = 0;
  /// @param answer  JSON array
  virtual void on_ack(Client& client, std::uint32_t id, std::string_view answer, std::int64_t now_ns) = 0;
  /// The orderly close that the scenario asked for is done.
  virtual void on_closed(Client& client) = 0;
};

class Crowd {
 public:
  /// @param settings  outlives the crowd
  explicit Crowd(const Settings& settings);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  std::vector<Client>& clients() { return clients_; }

  /// Time since the crowd was made.
  std::int64_t now_ns() const noexcept;

  /// Begins a connection of a closed client.
  void open(Client& client);

  /// Sends one text frame at the end of this turn.
  void send(Client& client, std::string_view text);

  /// Sends a close frame and waits for the server's.
  void close(Client& client);

  /// Waits for events, at most so long, and handles them. @throws Failure where a client was refused, lost or not understood
  void turn(std::int64_t wait_ns, Listener& listener);

  /// Writes what the turn made; after every turn.
  void flush();

  std::uint64_t pings() const noexcept { return pings_; }

 private:
  void bind_source(int fd);
  void on_writable(Client& client);
  void on_readable(Client& client, Listener& listener);
  /// @return what was taken of the input
  std::size_t take_input(Client& client, std::string_view input, Listener& listener);
  std::size_t take_answer(Client& client, std::string_view input);
  void on_frame(Client& client, const ServerFrame& frame, Listener& listener);
  void on_text(Client& client, std::string_view text, Listener& listener);
  void on_socketio(Client& client, std::string_view packet, Listener& listener);
  void append(Client& client, Opcode opcode, std::string_view payload);
  void mark_dirty(Client& client);
  void write(Client& client);
  void watch(Client& client, bool for_space);
  void drop(Client& client);
  [[noreturn]] void fail(const Client& client, std::string_view what) const;

  const Settings& settings_;
  std::vector<Client> clients_;
  std::vector<Client*> dirty_;
  std::vector<char> buffer_;
  int epoll_ = -1;
  std::int64_t begin_ns_ = 0;
  std::int64_t turn_ns_ = 0;  ///< when the bytes at hand were read
  std::uint32_t opened_ = 0;  ///< connections begun so far
  std::uint64_t random_ = 0;
  std::uint64_t pings_ = 0;
};

}  // namespace signaling::bench_load
