#include "claims.hpp"

#include <algorithm>
#include <cmath>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "json.hpp"

namespace signaling::auth_jwt {

namespace {

/// Seconds that still count as a time; the year 33658.
constexpr double max_seconds = 1e12;

/// NumericDate (RFC 7519 §2), possibly with a fraction. False where the claim is there and is none.
bool read_time(const boost::json::object& all, std::string_view name, std::optional<std::int64_t>& time) {
  const boost::json::value* value = all.if_contains(boost::json::string_view(name.data(), name.size()));
  if (value == nullptr) return true;
  if (!value->is_number()) return false;
  const double seconds = value->is_double()  ? value->get_double()
                         : value->is_int64() ? static_cast<double>(value->get_int64())
                                             : static_cast<double>(value->get_uint64());
  if (!std::isfinite(seconds) || std::abs(seconds) > max_seconds) return false;
  time = static_cast<std::int64_t>(seconds * 1000);
  return true;
}

bool read_text(const boost::json::object& all, std::string_view name, std::optional<std::string>& text) {
  if (!all.contains(boost::json::string_view(name.data(), name.size()))) return true;
  const boost::json::string* found = find_string(all, name);
  if (found == nullptr) return false;
  text = view(*found);
  return true;
}

bool read_audience(const boost::json::object& all, Claims& claims) {
  const boost::json::value* value = all.if_contains("aud");
  if (value == nullptr) return true;
  claims.has_audience = true;
  if (const boost::json::string* text = value->if_string()) {
    claims.audience.emplace_back(view(*text));
    return true;
  }
  const boost::json::array* list = value->if_array();
  if (list == nullptr) return false;
  for (const boost::json::value& element : *list) {
    const boost::json::string* text = element.if_string();
    if (text == nullptr) return false;
    claims.audience.emplace_back(view(*text));
  }
  return true;
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// A text, or a list with that text in it.
bool has_value(const boost::json::value& claim, const std::string& wanted) {
  if (const boost::json::string* text = claim.if_string()) return view(*text) == wanted;
  const boost::json::array* list = claim.if_array();
  return list != nullptr && std::any_of(list->begin(), list->end(), [&](const boost::json::value& element) {
           const boost::json::string* text = element.if_string();
           return text != nullptr && view(*text) == wanted;
         });
}

}  // namespace

std::variant<Claims, Refusal> read_claims(std::string_view json) {
  std::optional<boost::json::object> object = parse_object(json);
  if (!object) return Refusal{Code::token_invalid, "the claims are no JSON object with distinct names"};
  Claims claims;
  claims.all = *std::move(object);
  if (!read_text(claims.all, "sub", claims.subject) || !read_text(claims.all, "jti", claims.id) ||
      !read_text(claims.all, "iss", claims.issuer))
    return Refusal{Code::token_invalid, "sub, jti or iss is no text"};
  if (!read_audience(claims.all, claims)) return Refusal{Code::token_invalid, "aud is neither a text nor a list of texts"};
  if (!read_time(claims.all, "exp", claims.expires_ms) || !read_time(claims.all, "nbf", claims.not_before_ms) ||
      !read_time(claims.all, "iat", claims.issued_ms))
    return Refusal{Code::token_invalid, "exp, nbf or iat is no time"};
  return claims;
}

RequiredClaim RequiredClaim::parse(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {std::string(text), std::nullopt};
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

std::optional<Refusal> check_claims(const Claims& claims, const ClaimRules& rules, std::int64_t now_ms) {
  if (!claims.expires_ms && rules.needs_expiry) return Refusal{Code::token_invalid, "no exp"};
  if (!rules.issuers.empty() && (!claims.issuer || !contains(rules.issuers, *claims.issuer)))
    return Refusal{Code::token_invalid, "iss is none of the issuers"};
  if (!rules.audiences.empty() || claims.has_audience) {
    const bool is_for_us = std::any_of(claims.audience.begin(), claims.audience.end(),
                                       [&](const std::string& audience) { return contains(rules.audiences, audience); });
    if (!is_for_us) return Refusal{Code::token_invalid, "aud names none of the audiences"};
  }
  if (claims.not_before_ms && now_ms + rules.leeway_ms < *claims.not_before_ms)
    return Refusal{Code::token_not_yet_valid, "nbf is to come"};
  if (claims.issued_ms && now_ms + rules.leeway_ms < *claims.issued_ms)
    return Refusal{Code::token_not_yet_valid, "iat is to come"};
  if (claims.expires_ms && now_ms - rules.leeway_ms >= *claims.expires_ms) return Refusal{Code::token_expired, "exp is over"};
  return std::nullopt;
}

std::optional<Refusal> check_required(const Claims& claims, const std::vector<RequiredClaim>& required) {
  for (const RequiredClaim& wanted : required) {
    const boost::json::value* claim = claims.all.if_contains(boost::json::string_view(wanted.name));
    if (claim == nullptr || claim->is_null()) return Refusal{Code::not_allowed, "a required claim is missing"};
    if (wanted.value && !has_value(*claim, *wanted.value))
      return Refusal{Code::not_allowed, "a required claim has another value"};
  }
  return std::nullopt;
}

}  // namespace signaling::auth_jwt
