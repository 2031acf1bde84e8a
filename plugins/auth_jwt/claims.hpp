#pragma once
// Claims of a token (RFC 7519 §4.1), and what is demanded of them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include "refusal.hpp"

namespace signaling::auth_jwt {

/// The registered ones, read. Times in milliseconds since the Unix epoch.
struct Claims {
  boost::json::object all;
  std::optional<std::string> subject;  ///< `sub`
  std::optional<std::string> id;       ///< `jti`
  std::optional<std::string> issuer;
  std::vector<std::string> audience;  ///< `aud`, a text or a list of texts
  bool has_audience = false;
  std::optional<std::int64_t> expires_ms;
  std::optional<std::int64_t> not_before_ms;
  std::optional<std::int64_t> issued_ms;
};

/// A registered claim of the wrong type is a mistake, not an absence. Pure.
std::variant<Claims, Refusal> read_claims(std::string_view json);

/// A claim that must be there (`name`), or be or contain that text (`name=value`).
struct RequiredClaim {
  std::string name;
  std::optional<std::string> value;
  static RequiredClaim parse(std::string_view text);
};

struct ClaimRules {
  std::int64_t leeway_ms = 0;  ///< how far the clock of whoever issues tokens may be off
  bool needs_expiry = true;
  std::vector<std::string> issuers{};  ///< `iss` must be one of these; empty: any
  std::vector<std::string>
      audiences{};  ///< `aud` must name one of these; empty: a token with `aud` is for somebody else (RFC 7519 §4.1.3)
  std::vector<RequiredClaim> required{};
};

/// Everything but `required`, at that moment. A token is good while `now < exp + leeway`. Pure.
std::optional<Refusal> check_claims(const Claims& claims, const ClaimRules& rules, std::int64_t now_ms);
/// `not-allowed` where one of them is missing. Pure.
std::optional<Refusal> check_required(const Claims& claims, const std::vector<RequiredClaim>& required);

}  // namespace signaling::auth_jwt
