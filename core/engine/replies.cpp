#include "replies.hpp"

#include <array>
#include <utility>

#include <signaling/protocol/json_text.hpp>

namespace signaling::engine {
namespace {

constexpr std::array<std::string_view, error_code_count> messages{
    "Transport unknown", "Session ID unknown", "Bad handshake method",
    "Bad request",       "Forbidden",          "Unsupported protocol version",
};

constexpr std::string_view json_type = "application/json";
constexpr std::string_view payload_type = "text/plain; charset=UTF-8";
// Not text/plain: old browsers offered that as a download (engine.io).
constexpr std::string_view post_type = "text/html";

std::string_view text_of(Unavailable reason) noexcept {
  switch (reason) {
    case Unavailable::shutting_down: return "Server is shutting down";
    case Unavailable::too_many_sessions: return "Too many sessions";
    case Unavailable::no_verdict: return "Handshake took too long";
  }
  return {};
}

}  // namespace

std::string_view message_of(ErrorCode code) noexcept { return messages[static_cast<std::size_t>(code)]; }

HttpReply error_reply(ErrorCode code, bool for_websocket, const HandshakeRefusal& refusal) {
  const std::string_view message = refusal.message.empty() ? message_of(code) : refusal.message;
  HttpReply reply;
  reply.status = 400;
  if (code == ErrorCode::forbidden && (!for_websocket || refusal.status != HandshakeRefusal{}.status)) {
    reply.status = refusal.status;
  }
  if (refusal.retry_after_seconds != 0) {
    reply.headers.emplace_back("Retry-After", std::to_string(refusal.retry_after_seconds));
  }
  if (for_websocket) {
    reply.body = message;
    reply.close = true;
    return reply;
  }
  reply.content_type = json_type;
  reply.body = "{\"code\":" + std::to_string(static_cast<unsigned>(code)) + ",\"message\":";
  protocol::append_json_string(message, reply.body);
  reply.body += '}';
  return reply;
}

HttpReply unavailable_reply(Unavailable reason) {
  HttpReply reply;
  reply.status = 503;
  reply.body = text_of(reason);
  reply.close = true;
  return reply;
}

HttpReply payload_reply(std::string payload, bool compressible) {
  HttpReply reply;
  reply.content_type = payload_type;
  reply.body = std::move(payload);
  reply.headers.emplace_back("cache-control", "no-store");
  reply.compressible = compressible;
  return reply;
}

HttpReply post_reply() {
  HttpReply reply;
  reply.content_type = post_type;
  reply.body = "ok";
  reply.headers.emplace_back("cache-control", "no-store");
  return reply;
}

HttpReply bare_reply(unsigned status) {
  HttpReply reply;
  reply.status = status;
  return reply;
}

HttpReply method_reply() {
  HttpReply reply = bare_reply(405);
  reply.headers.emplace_back("Allow", "GET, POST");
  return reply;
}

}  // namespace signaling::engine
