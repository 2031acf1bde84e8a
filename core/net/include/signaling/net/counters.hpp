#pragma once
// What net counts, per event loop. Written by that loop alone, read by whoever serves the metrics.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <signaling/base/clock.hpp>

namespace signaling::net {

/// A number with one writer: plain load and store, no locked instruction. Reading: [any thread].
class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.store(value() + n, std::memory_order_relaxed); }
  void subtract(std::uint64_t n) noexcept { value_.store(value() - n, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// The largest of what was seen since the last look: one writer, one reader. A value that comes while it is being looked at may
/// be told with the next look; one that is larger than all since the last look is never lost.
class Peak {
 public:
  void raise_to(std::uint64_t n) noexcept {
    if (n > value_.load(std::memory_order_relaxed)) value_.store(n, std::memory_order_relaxed);
  }
  /// Tells and begins anew. Any thread, one at a time.
  std::uint64_t take() const noexcept { return value_.exchange(0, std::memory_order_relaxed); }

 private:
  mutable std::atomic<std::uint64_t> value_{0};
};

/// Limits whose reaching is counted.
enum class Limit : std::uint8_t {
  connections,              ///< in all: accepted and closed at once
  connections_per_address,  ///< the same; 429 where a header of a trusted proxy told the address
  open_files,               ///< EMFILE or ENFILE: accepting paused
  header_bytes,             ///< 431
  header_time,              ///< 408; closed where a PROXY protocol header was awaited
  body_bytes,               ///< 413
  body_time,                ///< 408
  idle_time,                ///< keep-alive connection without a request: closed silently
  write_time,               ///< HTTP answer that the peer does not read: abandoned
  send_queue,               ///< WebSocket peer that does not read: abandoned
  message_bytes,            ///< WebSocket message too long, or of too many fragments: 1009
  control_frames,           ///< flood of pings or pongs: 1008
  close_time,               ///< peer that does not answer a close frame: abandoned
  tls_handshake_time,
};
inline constexpr std::size_t limit_count = 14;
std::string_view to_string(Limit limit) noexcept;

/// Kinds of malformed input.
enum class BadRequest : std::uint8_t {
  malformed,        ///< not HTTP/1.x: 400
  bad_framing,      ///< Content-Length and Transfer-Encoding contradict each other or are unusable: 400
  bad_host,         ///< none, or several, in HTTP/1.1: 400
  bad_upgrade,      ///< RFC 6455 handshake that cannot be: 400 or 426
  websocket,        ///< frame that breaks RFC 6455: 1002 or 1007
  tls,              ///< handshake that failed
  proxy_header,     ///< PROXY protocol header of a trusted proxy, malformed or not there: closed
  untrusted_proxy,  ///< such a header from whom it is not awaited: 400, or where TLS is awaited closed
};
inline constexpr std::size_t bad_request_count = 8;
std::string_view to_string(BadRequest kind) noexcept;

struct Counters {
  Counter accepted;
  Counter closed;  ///< `accepted - closed`, over all loops: connections now
  Counter moved;   ///< handed to the loop that owns the session
  Counter tls_handshakes;
  Counter requests;
  Counter websockets_opened;
  Counter websockets_closed;
  Counter bytes_received;  ///< from sockets, TLS included as it came
  Counter bytes_sent;
  Counter sends;         ///< system calls that wrote
  Counter queued_bytes;  ///< now waiting for the kernel, all connections of the loop
  Counter exceptions;    ///< that left a handler; the request got 500, the WebSocket 1011
  std::array<Counter, limit_count> limits;
  std::array<Counter, bad_request_count> bad_requests;
};

/// How late a loop is. A turn that takes long delays every connection of the loop by as much.
struct LoopStatistics {
  static constexpr std::array<std::uint32_t, 12> bounds_microseconds{100,    250,    500,    1'000,   2'000,   5'000,
                                                                     10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000};
  /// Turns by their working time (waiting excluded); the last is "longer".
  std::array<Counter, bounds_microseconds.size() + 1> turns;
  Counter busy_microseconds;
  Peak longest_turn_microseconds;
  /// Timers served, by how late after their deadline; the kernel's millisecond is part of it.
  std::array<Counter, bounds_microseconds.size() + 1> timer_lag;
  Counter timer_lag_microseconds;
  Counter tasks;  ///< posted tasks run
};

}  // namespace signaling::net
