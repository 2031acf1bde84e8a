#pragma once
// One command on its way.

#include <cstdint>
#include <string>

#include "environment.hpp"

namespace signaling::redis_adapter {

/// Commands that concern a server and no partition: PING, CLUSTER SLOTS.
inline constexpr Partition no_partition = ~Partition{0};

struct Request {
  Partition partition = no_partition;
  std::uint64_t sequence = 0;      ///< order of the calls, kept over retries
  std::string text;                ///< as it is written; EVALSHA where `script` is set
  const Script* script = nullptr;  ///< EVAL is sent in its place where the server does not know it
  TimePoint deadline{};            ///< of the caller
  ReplyHandler handler;            ///< empty after the caller was told
  bool is_told = false;            ///< its time was over while it was under way: the reply is thrown away
  std::uint32_t attempts = 0;
  ServerAddress ask;       ///< host not empty: this time to that server, after ASKING
  std::string last_error;  ///< of the attempt before
  // Of the attempt that is under way:
  TimePoint sent_at{};
  std::uint64_t offset = 0;  ///< in the bytes of the connection
  std::size_t queued_bytes = 0;
};

}  // namespace signaling::redis_adapter
