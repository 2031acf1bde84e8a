#pragma once
// The Engine.IO server of one event loop: sessions by id, handshakes, polling, WebSocket, upgrade, heartbeat.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string_view>

#include <signaling/base/event_loop.hpp>
#include <signaling/base/sid.hpp>
#include <signaling/engine/http_exchange.hpp>
#include <signaling/engine/options.hpp>
#include <signaling/engine/session.hpp>
#include <signaling/engine/session_handler.hpp>

namespace signaling::engine {

/// Errors of socketio-facts §1.3; the value is the code on the wire.
enum class ErrorCode : std::uint8_t {
  unknown_transport = 0,
  unknown_sid = 1,
  bad_handshake_method = 2,
  bad_request = 3,
  forbidden = 4,
  unsupported_protocol_version = 5,
};
inline constexpr std::size_t error_code_count = 6;

/// Why a handshake got 503: not the client's mistake.
enum class Unavailable : std::uint8_t { shutting_down, too_many_sessions, no_verdict };
inline constexpr std::size_t unavailable_count = 3;

/// Where the engine tells what it does, for metrics; every function quick, on the loop. Default: nothing.
class EngineObserver {
 public:
  virtual ~EngineObserver() = default;
  virtual void on_session_opened(TransportName) {}
  virtual void on_session_closed(TransportName, CloseReason) {}
  virtual void on_upgraded() {}
  virtual void on_error(ErrorCode, std::string_view /*remote_address*/) {}
  /// A complete message and its payload bytes, `sent` or received.
  virtual void on_message(bool /*sent*/, std::size_t /*bytes*/) {}
  virtual void on_dropped(bool /*is_volatile*/) {}
  virtual void on_unavailable(Unavailable) {}
  /// What polling sessions keep until their next poll has grown or shrunk by so many bytes.
  virtual void on_queue_changed(std::ptrdiff_t /*bytes*/) {}
};

/// How long a polling session that is moved away waits for the poll that tells its client: a way there and back of a slow line.
inline constexpr base::Milliseconds leaving_poll_wait{1'000};

/// Session ids made here carry the loop's number. All functions on the loop.
class Engine {
 public:
  struct Environment {
    base::EventLoop& loop;
    SessionFactory& factory;
    EngineObserver& observer;
  };

  Engine(const Options& options, base::SidSource ids, Environment environment);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// One request under the engine's path: handshake, poll, post or upgrade. The exchange is answered now or later.
  void handle(HttpExchange& exchange);

  /// The node leaves: handshakes under way and new ones get 503, the sessions there are live on.
  void refuse_handshakes();
  /// Moves up to `count` sessions away, chosen by `random`, those on polling first: each closes with `server_shutting_down`
  /// after what is queued for it. A polling session without a poll waits for its next one, but for no longer than
  /// `leaving_poll_wait`, and counts as a session for as long. Refuses handshakes. @return how many were closed.
  std::size_t close_some(std::size_t count, std::mt19937_64& random);
  /// Closes every session at once (`server_shutting_down`); new handshakes are refused.
  void close_all();
  std::size_t session_count() const;
  /// New limits and intervals for sessions to come and for the next heartbeat of those there are.
  void set_options(const Options& options);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signaling::engine
