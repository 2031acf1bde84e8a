#pragma once
// The opening handshake of RFC 6455, section 4.2.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <signaling/engine/http_exchange.hpp>
#include <signaling/protocol/websocket_deflate.hpp>

namespace signaling::net {

enum class UpgradeCheck : std::uint8_t {
  none,                 ///< an ordinary request
  websocket,            ///< a valid handshake
  bad_request,          ///< asks for a WebSocket in a way that cannot be: 400
  unsupported_version,  ///< 426 with `Sec-WebSocket-Version: 13`
};

/// Pure. @param is_http_1_0 such a request cannot upgrade, and is an ordinary one.
UpgradeCheck check_upgrade(const engine::HttpRequest& request, bool is_http_1_0) noexcept;

/// Sec-WebSocket-Accept for a key (section 4.2.2, 5.4).
std::string accept_key(std::string_view key);

/// Offers of permessage-deflate in the request, all header lines considered.
std::optional<protocol::DeflateAgreement> negotiate_deflate(const engine::HttpRequest& request);

/// The 101 with additional headers.
std::string upgrade_answer(const engine::HttpRequest& request, const std::optional<protocol::DeflateAgreement>& deflate,
                           const std::vector<std::pair<std::string, std::string>>& headers,
                           const std::vector<std::pair<std::string, std::string>>& more_headers);

}  // namespace signaling::net
