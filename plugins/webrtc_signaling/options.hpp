#pragma once
// The plugin's configuration, read once into the form that requests need.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <signaling/plugin_api/config.hpp>

#include "ice_servers.hpp"

namespace signaling::webrtc_signaling {

/// An event that is passed on under its own name.
struct RelayEvent {
  std::string name;
  std::string opening;  ///< `["<name>",`, what the outgoing event begins with
};

/// Immutable; each loop holds the ones in force.
struct Options {
  std::string namespace_name = "/";
  std::uint32_t max_peers = 0;  ///< 0: no bound
  std::size_t max_rooms_per_socket = 32;
  std::size_t max_room_name_bytes = 128;
  std::size_t max_metadata_bytes = 4'096;
  std::size_t max_data_bytes = 0;  ///< 0: no bound of this plugin's
  std::vector<RelayEvent> relay_events;
  IceServers ice_servers;

  /// nullptr where that name is not relayed.
  const RelayEvent* find_relay_event(std::string_view name) const noexcept;
};

/// Reports whatever the schema cannot: form of namespace and URLs, names of events, TURN keys that need each other.
Options read_options(const plugin_api::ConfigView& config, plugin_api::Problems& problems);

}  // namespace signaling::webrtc_signaling
