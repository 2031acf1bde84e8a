#pragma once
// One Socket.IO client: one Engine.IO session over whichever transport.

#include <cstdint>
#include <string>
#include <string_view>

#include "settings.hpp"

namespace signaling::bench_load {

enum class Phase : std::uint8_t {
  closed,      ///< no connection
  connecting,  ///< TCP, and TLS where it is used
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
  Phase phase = Phase::closed;
  std::int64_t opened_ns = 0;  ///< when the connection was begun
  std::string id;              ///< of the Socket.IO socket
};

/// Ends the run. @throws Failure naming client, port, phase and `what`
[[noreturn]] void fail(const Settings& settings, const Client& client, std::string_view what);

}  // namespace signaling::bench_load
