#pragma once
// One Socket.IO client on one WebSocket.

#include <cstddef>
#include <cstdint>
#include <string>

namespace signaling::bench_load {

enum class Phase : std::uint8_t {
  closed,      ///< no connection
  connecting,  ///< TCP
  upgrading,   ///< waits for 101
  opening,     ///< waits for the Engine.IO open packet
  joining,     ///< waits for the answer to CONNECT
  ready,       ///< events may be sent
  closing,     ///< has sent a close frame, waits for the server's
};

const char* name_of(Phase phase) noexcept;

/// Owned by the Crowd; the scenario reads it.
struct Client {
  std::uint32_t index = 0;
  int fd = -1;
  Phase phase = Phase::closed;
  bool is_dirty = false;         ///< has output that the end of this turn sends
  bool waits_for_space = false;  ///< the socket's buffer is full: epoll tells when it is not
  std::int64_t opened_ns = 0;    ///< when the connection was begun
  std::string id;                ///< of the Socket.IO socket
  std::string input;             ///< an incomplete frame or answer; else empty and without memory
  std::string output;
};

}  // namespace signaling::bench_load
