#include "revocation_wire.hpp"

#include <charconv>

#include <signaling/plugin_api/json_build.hpp>
#include <signaling/plugin_api/json_slice.hpp>

namespace signaling::auth_jwt {

namespace json = plugin_api::json;

void append_revocation(std::string& out, const Revocation& revocation) {
  out.append(R"({"kind":")").push_back(static_cast<char>(revocation.kind));
  out.append(R"(","value":)");
  json::append_json_string(out, revocation.value);
  out.append(R"(,"until":)").append(std::to_string(revocation.until_ms));
  out.append(R"(,"issuedBefore":)").append(std::to_string(revocation.issued_before_ms)).push_back('}');
}

std::optional<Revocation> read_revocation(std::string_view text) {
  if (json::type_of(text) != json::Type::object) return std::nullopt;
  Revocation revocation{};
  bool has_kind = false;
  for (json::Members members(text); members.next();) {
    const std::string_view value = members.value();
    if (members.key_is("kind")) {
      has_kind = json::string_is(value, "j") || json::string_is(value, "s");
      revocation.kind = json::string_is(value, "j") ? Revocation::Kind::token_id : Revocation::Kind::subject;
    } else if (members.key_is("value") && json::type_of(value) == json::Type::string) {
      revocation.value.clear();
      json::append_decoded(value, revocation.value);
    } else if (members.key_is("until")) {
      revocation.until_ms = json::integer(value).value_or(0);
    } else if (members.key_is("issuedBefore")) {
      revocation.issued_before_ms = json::integer(value).value_or(0);
    }
  }
  if (!has_kind || revocation.value.empty() || revocation.value.size() > Revocation::max_value_bytes ||
      revocation.until_ms <= 0)
    return std::nullopt;
  return revocation;
}

std::string digest_text(const Revocations::Digest& digest) {
  char hex[16];
  const auto end = std::to_chars(hex, hex + sizeof hex, digest.fingerprint, 16).ptr;
  return std::to_string(digest.count) + ":" + std::string(hex, end);
}

}  // namespace signaling::auth_jwt
