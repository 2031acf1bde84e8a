#include "peers_facade.hpp"

namespace signaling::socketio {

std::string peer_address(std::string_view plugin) { return "\n" + std::string(plugin); }

bool is_peer_address(std::string_view namespace_name) noexcept { return namespace_name.starts_with('\n'); }

}  // namespace signaling::socketio
