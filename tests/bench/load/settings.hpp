#pragma once
// The command line.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace signaling::bench_load {

enum class ScenarioKind : std::uint8_t { fanout, relay, rejoin, connect, idle };

struct Settings {
  std::vector<std::uint16_t> ports;  ///< of the nodes, on 127.0.0.1; clients are dealt to them in turn
  ScenarioKind scenario = ScenarioKind::fanout;
  std::size_t clients = 100;
  std::size_t room_size = 10;
  std::size_t in_flight = 1;
  std::size_t bytes = 64;  ///< of `data`, a string
  bool is_open = false;    ///< messages are due at fixed times, whatever is still on its way
  double rate = 0;         ///< messages a second in all, for open load
  double warmup_seconds = 1;
  double seconds = 5;
  bool is_polling = false;  ///< HTTP long-polling in place of WebSocket
  bool tls = false;
  bool deflate = false;            ///< permessage-deflate is offered, and longer messages are compressed
  std::size_t greeting_bytes = 0;  ///< idle: of one message that each sends to its room before it falls silent; 0: no rooms
  bool spread = false;             ///< each connection from another address of 127.0.0.0/8
};

/// @throws Failure naming the option and what it wants
Settings parse_settings(int argc, const char* const* argv);

extern const char* const usage;

}  // namespace signaling::bench_load
