#include "revoke_call.hpp"

#include <cmath>
#include <optional>

#include <signaling/plugin_api/json_build.hpp>

#include "json.hpp"

namespace signaling::auth_jwt {

namespace json = plugin_api::json;

namespace {

/// Ten years: what lasts longer is a mistake of the unit.
constexpr double max_seconds_ahead = 10.0 * 366 * 24 * 3600;

std::string error_json(std::string_view text) {
  std::string out = R"({"error":)";
  json::append_json_string(out, text);
  return out + "}\n";
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& texts) {
  out.append(",\"").append(name).append("\":[");
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i != 0) out.push_back(',');
    json::append_json_string(out, texts[i]);
  }
  out.push_back(']');
}

/// Unix seconds as milliseconds; nullopt where it is no number.
std::optional<std::int64_t> milliseconds(const boost::json::value& value) {
  if (!value.is_number()) return std::nullopt;
  const double seconds = value.is_double()  ? value.get_double()
                         : value.is_int64() ? static_cast<double>(value.get_int64())
                                            : static_cast<double>(value.get_uint64());
  if (!std::isfinite(seconds) || seconds <= 0 || seconds > 1e12) return std::nullopt;
  return static_cast<std::int64_t>(seconds * 1000);
}

}  // namespace

std::variant<Revocation, std::string> read_revoke_body(std::string_view body, std::int64_t now_ms, std::int64_t ttl_ms) {
  const std::optional<boost::json::object> object = parse_object(body);
  if (!object) return "the body is no JSON object with distinct names";
  Revocation revocation{};
  revocation.until_ms = now_ms + ttl_ms;
  int named = 0;
  for (const auto& [key, value] : *object) {
    const std::string_view name(key.data(), key.size());
    if (name == "jti" || name == "sub") {
      const boost::json::string* text = value.if_string();
      if (text == nullptr || text->empty() || text->size() > Revocation::max_value_bytes)
        return std::string(name) + " must be a text of 1 to " + std::to_string(Revocation::max_value_bytes) + " bytes";
      ++named;
      revocation.kind = name == "jti" ? Revocation::Kind::token_id : Revocation::Kind::subject;
      revocation.value = view(*text);
    } else if (name == "exp" || name == "issued_before") {
      const std::optional<std::int64_t> time = milliseconds(value);
      if (!time) return std::string(name) + " must be a Unix time in seconds";
      (name == "exp" ? revocation.until_ms : revocation.issued_before_ms) = *time;
    } else {
      return "unknown member \"" + std::string(name) + "\", allowed: jti or sub, exp, issued_before";
    }
  }
  if (named != 1) return "exactly one of jti and sub must be there";
  if (revocation.issued_before_ms != 0 && revocation.kind == Revocation::Kind::token_id)
    return "issued_before is for sub alone";
  if (revocation.until_ms <= now_ms) return "exp is over: such a token is refused anyhow";
  if (static_cast<double>(revocation.until_ms - now_ms) > max_seconds_ahead * 1000) return "exp is more than ten years ahead";
  return revocation;
}

unsigned status_of(const RevokeReport& report) { return report.is_full ? 507 : report.is_everywhere() ? 200 : 503; }

std::string json_of(const RevokeReport& report) {
  if (report.is_full)
    return error_json("no room: plugins.auth_jwt.max_revocations is reached on this node, nothing was revoked");
  std::string out = report.is_everywhere() ? R"({"revoked":true)" : R"({"revoked":true,"error":"not every node has it yet")";
  out.append(",\"disconnected\":").append(std::to_string(report.disconnected));
  append_list(out, "nodes", report.nodes);
  append_list(out, "full_nodes", report.full);
  append_list(out, "missing_nodes", report.missing);
  if (report.is_alone) out.append(R"(,"adapter":"unavailable")");
  return out + "}\n";
}

void RevokeCall::on_admin_call(const plugin_api::AdminRequest& request, plugin_api::AdminReply& reply) {
  if (request.path != "revoke") return reply.answer(404, error_json("there is POST /plugins/auth_jwt/revoke"));
  auto result = read_revoke_body(request.body, host_.wall_clock_ms(), ttl_ms_);
  if (const std::string* problem = std::get_if<std::string>(&result)) return reply.answer(400, error_json(*problem));
  Revocation& revocation = std::get<Revocation>(result);
  // Tokens are good until then.
  revocation.until_ms += leeway_ms_;
  host_.log(plugin_api::LogLevel::info, revocation.kind == Revocation::Kind::subject
                                            ? "a subject is revoked by the admin listener"
                                            : "a token is revoked by the admin listener");
  sync_.revoke(revocation, [&reply](const RevokeReport& report) { reply.answer(status_of(report), json_of(report)); });
}

}  // namespace signaling::auth_jwt
