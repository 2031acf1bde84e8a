#pragma once
// Who may read and change what through the admin listener.

#include <string>
#include <string_view>

#include <signaling/engine/http_exchange.hpp>

namespace signaling::server {

/// Pure. A caller with the token may; without one, a peer on loopback may, unless a browser sends it (`Origin`): any page that
/// somebody on this machine looks at could otherwise end the node.
/// @param token  empty: nobody has it
bool may_command(const engine::HttpRequest& request, std::string_view token);

/// Pure. Metrics: for callers with the token and for peers on loopback.
bool may_read(const engine::HttpRequest& request, std::string_view token);

/// `127.0.0.0/8` and `::1`, also as `::ffff:127.…`.
bool is_loopback(std::string_view address);

}  // namespace signaling::server
