#pragma once
// Written by CMake: SHA-256 over the names and bytes of the other public headers of the plugin border.

#include <string_view>

#define SIGNALING_API_HASH "91ef69f38813ac43ab90d913029e49af22bee34207935562a6a0ffaee72351c7"

namespace signaling::plugin_api {

inline constexpr std::string_view api_hash = SIGNALING_API_HASH;

}  // namespace signaling::plugin_api
