#pragma once
// What HTTP requests to the engine are answered with: the one table of codes, texts and statuses (socketio-facts §1.3).

#include <string>
#include <string_view>

#include <signaling/engine/engine.hpp>
#include <signaling/engine/http_exchange.hpp>
#include <signaling/engine/session_handler.hpp>

namespace signaling::engine {

/// Text of the code on the wire: `Session ID unknown`.
std::string_view message_of(ErrorCode code) noexcept;

/// Polling: JSON with code and message, for `forbidden` the refusal's status, else 400, the connection stays. A failed
/// WebSocket handshake gets 400 with the bare message, and the connection ends; a refusal with a status other than 403 gets
/// that. The message empty: the code's own.
HttpReply error_reply(ErrorCode code, bool for_websocket, const HandshakeRefusal& refusal = {});

/// No session can be opened now: 503 with a text; clients may come back.
HttpReply unavailable_reply(Unavailable reason);

/// Answer to a poll: packets as `encode`d.
HttpReply payload_reply(std::string payload, bool compressible);

/// Answer to a POST whose packets were taken.
HttpReply post_reply();

/// Answers that break no JSON for anybody: only a status, as engine.io gives for misuse of a session.
HttpReply bare_reply(unsigned status);

/// A method that a session has no use for. engine.io says 500; it is the client's error, and the session is not touched.
HttpReply method_reply();

}  // namespace signaling::engine
