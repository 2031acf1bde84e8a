#pragma once
// The plugin's table of the configuration file. Constant data: the host reads it before any code of the plugin runs.

#include <signaling/plugin_api/config.hpp>

namespace signaling::webrtc_signaling {

inline constexpr plugin_api::ConfigKey schema[] = {
    {"namespace", plugin_api::KeyType::string, "\"/\"", 1, 256, nullptr, false, false, false,
     "Namespace that speaks the signaling protocol."},
    {"max_peers", plugin_api::KeyType::integer, "1_000", 0, 1'000'000, nullptr, true, false, false,
     "Members of one room over the whole cluster (error room-full); 0: no bound."},
    {"max_rooms_per_socket", plugin_api::KeyType::integer, "32", 1, 10'000, nullptr, true, false, false,
     "Rooms that one socket may be in (error too-many-rooms)."},
    {"max_room_name_bytes", plugin_api::KeyType::integer, "128", 1, 250, nullptr, true, false, false,
     "Length of a room's name in UTF-8 (error invalid)."},
    {"max_metadata_bytes", plugin_api::KeyType::integer, "4_096", 4, 1'000'000, nullptr, true, false, false,
     "Length of a member's metadata as JSON text (error invalid)."},
    {"max_data_bytes", plugin_api::KeyType::integer, "0", 0, 1'000'000'000, nullptr, true, false, false,
     "Length of what one signal or message carries, JSON text and binary together (error invalid); 0: whatever "
     "engine.max_payload_bytes lets through."},
    {"relay_events", plugin_api::KeyType::string_list, "[\"offer\", \"answer\", \"ice-candidate\"]", 0, 64, nullptr, true,
     false, false, "Events passed on as they are: to the peer named by `to`, else to the room."},
    {"ice_servers", plugin_api::KeyType::table_list, nullptr, 0, 64, nullptr, true, false, false,
     "ICE servers told to each client that joins, as [[plugins.webrtc_signaling.ice_servers]]."},
    {"ice_servers.urls", plugin_api::KeyType::string_list, nullptr, 1, 16, nullptr, true, true, false,
     "URLs that begin with stun:, stuns:, turn: or turns:."},
    {"ice_servers.username", plugin_api::KeyType::string, nullptr, 0, 1'024, nullptr, true, false, false,
     "User name, where the server wants one."},
    {"ice_servers.credential", plugin_api::KeyType::string, nullptr, 0, 1'024, nullptr, true, false, true,
     "Password, where the server wants one; every client is told it."},
    {"turn_urls", plugin_api::KeyType::string_list, "[]", 0, 16, nullptr, true, false, false,
     "TURN servers that share turn_secret (coturn: use-auth-secret); each join gets credentials of its own."},
    {"turn_secret", plugin_api::KeyType::string, "\"\"", 0, 1'024, nullptr, true, false, true,
     "Secret shared with the servers of turn_urls (coturn: static-auth-secret)."},
    {"turn_ttl", plugin_api::KeyType::duration, "\"12h\"", 1'000, 604'800'000, nullptr, true, false, false,
     "Time for which TURN credentials are good."},
};

}  // namespace signaling::webrtc_signaling
