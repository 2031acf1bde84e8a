#include "options.hpp"

#include <algorithm>
#include <array>

#include <signaling/plugin_api/json_build.hpp>

namespace signaling::webrtc_signaling {

using plugin_api::ConfigView;
using plugin_api::Problems;

namespace {

/// Names that mean something else to the server, to the client library or in this protocol.
constexpr auto taken_events = std::to_array<std::string_view>(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener", "join", "leave", "signal",
     "message", "update", "peers", "peer-joined", "peer-left", "peer-updated"});

void read_namespace(const ConfigView& config, Problems& problems, Options& options) {
  options.namespace_name = config.string("namespace");
  const std::string_view name = options.namespace_name;
  if (!name.starts_with('/') || name.find_first_of("*,?") != std::string_view::npos) {
    problems.add("namespace", "must begin with / and hold no * , or ?");
  }
}

void read_relay_events(const ConfigView& config, Problems& problems, Options& options) {
  for (std::size_t i = 0; i < config.size("relay_events"); ++i) {
    const std::string name(config.string_at("relay_events", i));
    if (name.empty()) {
      problems.add("relay_events", "an event's name must not be empty");
    } else if (std::find(taken_events.begin(), taken_events.end(), name) != taken_events.end()) {
      problems.add("relay_events", "\"" + name + "\" has a meaning of its own and cannot be relayed");
    } else if (options.find_relay_event(name) != nullptr) {
      problems.add("relay_events", "\"" + name + "\" is there twice");
    } else {
      options.relay_events.push_back({name, '[' + plugin_api::json::json_string(name) + ','});
    }
  }
}

bool is_ice_url(std::string_view url) {
  constexpr auto schemes = std::to_array<std::string_view>({"stun:", "stuns:", "turn:", "turns:"});
  return std::any_of(schemes.begin(), schemes.end(),
                     [&](std::string_view scheme) { return url.starts_with(scheme) && url.size() > scheme.size(); });
}

std::vector<std::string> read_urls(const ConfigView& config, std::string_view key, std::string_view full_key,
                                   Problems& problems) {
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < config.size(key); ++i) {
    urls.emplace_back(config.string_at(key, i));
    if (!is_ice_url(urls.back())) {
      problems.add(full_key, "\"" + urls.back() + "\" must begin with stun:, stuns:, turn: or turns:");
    }
  }
  return urls;
}

void read_ice_servers(const ConfigView& config, Problems& problems, Options& options) {
  std::vector<IceServer> servers;
  for (std::size_t i = 0; i < config.size("ice_servers"); ++i) {
    const ConfigView& table = *config.table_at("ice_servers", i);
    servers.push_back({read_urls(table, "urls", "ice_servers.urls", problems), std::string(table.string("username")),
                       std::string(table.string("credential"))});
  }
  TurnAccess turn{read_urls(config, "turn_urls", "turn_urls", problems), std::string(config.string("turn_secret")),
                  config.duration_ms("turn_ttl") / 1'000};
  if (turn.urls.empty() && !turn.secret.empty()) problems.add("turn_urls", "must name the servers that share turn_secret");
  if (!turn.urls.empty() && turn.secret.empty()) problems.add("turn_secret", "must be set where turn_urls names servers");
  options.ice_servers = IceServers(servers, std::move(turn));
}

std::size_t read_size(const ConfigView& config, std::string_view key) { return static_cast<std::size_t>(config.integer(key)); }

}  // namespace

const RelayEvent* Options::find_relay_event(std::string_view name) const noexcept {
  const auto found =
      std::find_if(relay_events.begin(), relay_events.end(), [&](const auto& event) { return event.name == name; });
  return found == relay_events.end() ? nullptr : &*found;
}

Options read_options(const ConfigView& config, Problems& problems) {
  Options options;
  read_namespace(config, problems, options);
  options.max_peers = static_cast<std::uint32_t>(config.integer("max_peers"));
  options.max_rooms_per_socket = read_size(config, "max_rooms_per_socket");
  options.max_room_name_bytes = read_size(config, "max_room_name_bytes");
  options.max_metadata_bytes = read_size(config, "max_metadata_bytes");
  options.max_data_bytes = read_size(config, "max_data_bytes");
  read_relay_events(config, problems, options);
  read_ice_servers(config, problems, options);
  return options;
}

}  // namespace signaling::webrtc_signaling
