#pragma once
// What a plugin may say in HTTP: rules without the server around them. The test kit holds plugins to the same ones.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signaling::server {

/// No control characters but the tab.
bool is_header_value(std::string_view value) noexcept;

/// A header that a plugin may set: a token that is not the server's own, a value without control characters.
bool may_set_header(std::string_view name, std::string_view value) noexcept;

inline constexpr std::size_t max_route_path_bytes = 1024;

/// What plugin_api::HttpRoutes::add does not call `invalid`.
/// @param engine_path  of Socket.IO, with a slash at its end
bool is_route(std::string_view method, std::string_view path, std::int64_t timeout_ms, std::string_view engine_path) noexcept;

}  // namespace signaling::server
