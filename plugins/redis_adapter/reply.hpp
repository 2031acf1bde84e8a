#pragma once
// What became of a command.

#include <cstdint>
#include <string_view>

#include <hiredis/hiredis.h>

#include "callback.hpp"

namespace signaling::redis_adapter {

enum class Outcome : std::uint8_t {
  ok,       ///< `value` holds the answer
  away,     ///< not carried out: there is no connection, or the servers refused it until its time was over
  full,     ///< not sent: the queue of the connection is at its bound; nothing happened
  lost,     ///< sent, and the connection ended before the answer: it may have been carried out
  timeout,  ///< sent, and no answer in time: it may have been carried out, now or later
  server,   ///< the server answered with an error that no retry cures; `text` is its own
};

std::string_view to_string(Outcome outcome) noexcept;

struct Reply {
  Outcome outcome = Outcome::ok;
  std::string_view text = {};         ///< reason where `outcome` is not `ok`; never a password
  const redisReply* value = nullptr;  ///< where `outcome` is `ok`; never an error reply itself (elements of it may be)

  explicit operator bool() const noexcept { return outcome == Outcome::ok; }
  /// Nothing was changed by the command.
  bool is_unsent() const noexcept { return outcome == Outcome::away || outcome == Outcome::full; }
  /// Value of an integer reply, `otherwise` for any other.
  long long integer(long long otherwise = 0) const noexcept {
    return value != nullptr && value->type == REDIS_REPLY_INTEGER ? value->integer : otherwise;
  }
};

/// Text of a string or status reply; empty for any other. The view lives as long as the reply.
inline std::string_view text_of(const redisReply& reply) noexcept {
  return reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_STATUS || reply.type == REDIS_REPLY_ERROR
             ? std::string_view(reply.str, reply.len)
             : std::string_view();
}

/// Exactly one call, on the adapter's thread, never from within the function that took the handler. The reply and its views
/// live for the call. An empty handler: nobody wants to know.
using ReplyHandler = Callback<void(const Reply&)>;

}  // namespace signaling::redis_adapter
