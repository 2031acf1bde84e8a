#pragma once
// Written by CMake: SHA-256 over the names and bytes of the other public headers of the plugin border.

#include <string_view>

#define SIGNALING_API_HASH "a9076365a3eaeeebf7f3bdf2657be40539ec2d40a305f4c513af6b49581469ab"

namespace signaling::plugin_api {

inline constexpr std::string_view api_hash = SIGNALING_API_HASH;

}  // namespace signaling::plugin_api
