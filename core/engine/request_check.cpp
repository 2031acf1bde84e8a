#include "request_check.hpp"

#include <algorithm>

#include "origin_check.hpp"

namespace signaling::engine {
namespace {

// RFC 9110 section 5.5: visible characters, space, tab and obs-text. `net` refuses most of the others long before.
bool is_field_value(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

std::optional<TransportName> enabled_transport(std::string_view name, const Options& options) noexcept {
  if (name == "polling" && options.polling) return TransportName::polling;
  if (name == "websocket" && options.websocket) return TransportName::websocket;
  return std::nullopt;
}

RequestVerdict error(ErrorCode code, std::string_view message = {}) { return {RequestKind::error, code, {}, message}; }
RequestVerdict verdict(RequestKind kind) { return {kind, {}, {}, {}}; }

RequestVerdict check_handshake(const HttpRequest& request, TransportName transport) {
  if (request.method != "GET") return error(ErrorCode::bad_handshake_method);
  if (request.wants_websocket && transport == TransportName::polling) return verdict(RequestKind::accept_and_close);
  if (!request.wants_websocket && transport == TransportName::websocket) return error(ErrorCode::bad_request);
  return {RequestKind::handshake, {}, transport, {}};
}

RequestVerdict check_probe(TransportName transport, TransportName current, const Options& options) {
  // A WebSocket that claims to be polling, or one for a session that has a WebSocket already: engine.io answers 101, then
  // closes, and so clients see a close and no failed handshake.
  if (transport == TransportName::polling || current == TransportName::websocket) {
    return verdict(RequestKind::accept_and_close);
  }
  if (!options.allow_upgrades) return error(ErrorCode::bad_request);
  return verdict(RequestKind::probe);
}

RequestVerdict check_polling(const HttpRequest& request) {
  if (request.method == "GET") return verdict(RequestKind::poll);
  if (request.method == "POST") return verdict(RequestKind::post);
  return verdict(RequestKind::wrong_method);
}

}  // namespace

EngineQuery EngineQuery::parse(const HttpRequest& request) {
  EngineQuery query;
  request.query_value("transport", query.transport);
  request.query_value("sid", query.sid);
  std::string value;
  query.is_version_4 = request.query_value("EIO", value) && value == "4";
  query.base64 = request.query_value("b64", value) && !value.empty();
  return query;
}

RequestVerdict check_request(const HttpRequest& request, const EngineQuery& query, const Options& options,
                             SessionTransport session) {
  const std::optional<TransportName> transport = enabled_transport(query.transport, options);
  if (!transport) return error(ErrorCode::unknown_transport);
  if (!is_field_value(request.header("origin"))) return error(ErrorCode::bad_request);
  if ((query.sid.empty() || request.wants_websocket) && !is_origin_allowed(request, options.origins)) {
    return error(ErrorCode::forbidden, "Origin not allowed");
  }
  if (query.sid.empty()) return check_handshake(request, *transport);
  if (!session) return error(ErrorCode::unknown_sid);
  if (!request.wants_websocket && *transport != *session) return error(ErrorCode::bad_request);
  if (!query.is_version_4) return error(ErrorCode::bad_request);
  if (request.wants_websocket) return check_probe(*transport, *session, options);
  if (*session == TransportName::websocket) return error(ErrorCode::bad_request);
  return check_polling(request);
}

}  // namespace signaling::engine
