#pragma once
// POST /plugins/auth_jwt/revoke of the admin listener.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <signaling/plugin_api/admin.hpp>
#include <signaling/plugin_api/host.hpp>

#include "revocation_sync.hpp"
#include "revocations.hpp"

namespace signaling::auth_jwt {

/// Reads `{"jti": text}` or `{"sub": text}` with, where wanted, `"exp"` (Unix seconds: until when, the token's own `exp`) and,
/// for a subject, `"issued_before"` (Unix seconds: tokens issued later stay good). Pure.
/// @param ttl_ms  how long it lasts where there is no `exp`
/// @return or what is wrong, for people
std::variant<Revocation, std::string> read_revoke_body(std::string_view body, std::int64_t now_ms, std::int64_t ttl_ms);

/// 200 where every node has it, 503 where some have not (the report names them; a repetition does no harm), 507 without room.
unsigned status_of(const RevokeReport& report);
std::string json_of(const RevokeReport& report);

class RevokeCall final : public plugin_api::AdminHandler {
 public:
  RevokeCall(plugin_api::Host& host, RevocationSync& sync) : host_(host), sync_(sync) {}
  void set_ttl(std::int64_t ttl_ms) { ttl_ms_ = ttl_ms; }  ///< on loop 0
  void set_leeway(std::int64_t leeway_ms) { leeway_ms_ = leeway_ms; }

  void on_admin_call(const plugin_api::AdminRequest& request, plugin_api::AdminReply& reply) override;

 private:
  plugin_api::Host& host_;
  RevocationSync& sync_;
  std::int64_t ttl_ms_ = 86'400'000;
  std::int64_t leeway_ms_ = 0;
};

}  // namespace signaling::auth_jwt
